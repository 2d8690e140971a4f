"""Random values from the operating system's generator."""

import secrets
import string

from domain.model.access.access_key import Serial
from domain.model.images.details import Slug
from domain.model.images.naming import SUFFIX_LENGTH
from domain.model.images.ticket import TicketId
from domain.model.storage.blob import BlobKey
from domain.ports.system import RandomValues

UNGUESSABLE = 22  # letters and digits: 131 bits


class SystemRandomValues(RandomValues):
    def blob_key(self) -> BlobKey:
        return BlobKey(secrets.token_hex(16))

    def serial(self) -> Serial:
        return Serial(secrets.token_bytes(16))

    def store_identity(self) -> str:
        return secrets.token_hex(16)

    def slug(self) -> Slug:
        return Slug(_letters_and_digits(UNGUESSABLE))

    def ticket_id(self) -> TicketId:
        return TicketId(_letters_and_digits(UNGUESSABLE))

    def suffix(self) -> str:
        return _letters_and_digits(SUFFIX_LENGTH)


def _letters_and_digits(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
