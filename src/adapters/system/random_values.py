"""Random values from the operating system's generator."""

import secrets
import string

from domain.model.access.access_key import Serial
from domain.model.images.naming import SUFFIX_LENGTH
from domain.model.storage.blob import BlobKey
from domain.ports.system import RandomValues


class SystemRandomValues(RandomValues):
    def blob_key(self) -> BlobKey:
        return BlobKey(secrets.token_hex(16))

    def serial(self) -> Serial:
        return Serial(secrets.token_bytes(16))

    def store_identity(self) -> str:
        return secrets.token_hex(16)

    def suffix(self) -> str:
        alphabet = string.ascii_letters + string.digits
        return "".join(secrets.choice(alphabet) for _ in range(SUFFIX_LENGTH))
