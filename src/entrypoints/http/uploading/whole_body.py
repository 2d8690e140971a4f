"""Receiving a small body as a whole."""

import asyncio

from entrypoints.http.protocol.errors import BodyTooLarge, UploadInterrupted, UploadTooSlow
from entrypoints.http.protocol.problems import AnyRequest, note_read
from entrypoints.http.uploading.content_encoding import refuse_encoded

LARGEST_BODY = 64 * 1024  # bytes
DEADLINE = 15.0  # seconds for the whole body


async def whole_body(request: AnyRequest) -> bytes:
    """The body of ``request``.

    Raises:
        EncodedBody, BodyTooLarge, UploadTooSlow, UploadInterrupted: it cannot be received.
    """
    refuse_encoded(request)
    refuse_announced(request)
    body = bytearray()
    try:
        async with asyncio.timeout(DEADLINE):
            has_more = True
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise UploadInterrupted
                if message["type"] == "http.request":
                    body += message["body"]
                    has_more = message.get("more_body", False)
                if len(body) > LARGEST_BODY:
                    raise BodyTooLarge(LARGEST_BODY)
    except TimeoutError as error:
        raise UploadTooSlow from error
    note_read(request)
    return bytes(body)


def refuse_announced(request: AnyRequest) -> None:
    """
    Raises:
        BodyTooLarge: the headers announce a larger body than ``whole_body`` accepts.
    """
    if announced(request) > LARGEST_BODY:
        raise BodyTooLarge(LARGEST_BODY)


def announced(request: AnyRequest) -> int:
    """The length of the body in bytes, as its header says; 0 if it does not."""
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isdecimal() else 0
