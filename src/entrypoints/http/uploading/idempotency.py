"""The Idempotency-Key header, by which a repeated upload is recognised."""

import re

from litestar.types import HTTPScope

from domain.model.images.submission import SubmissionKey
from entrypoints.http.protocol.errors import InvalidIdempotencyKey
from entrypoints.http.protocol.headers import header

LONGEST_KEY = 255  # characters
VISIBLE = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")


def submission_key(scope: HTTPScope) -> SubmissionKey | None:
    """The key in the request, or None without the header.

    Raises:
        InvalidIdempotencyKey: it is not 1 to 255 visible ASCII characters.
    """
    text = header(scope, b"idempotency-key")
    if text is None:
        return None
    if not VISIBLE.fullmatch(text):
        raise InvalidIdempotencyKey
    return SubmissionKey(text)
