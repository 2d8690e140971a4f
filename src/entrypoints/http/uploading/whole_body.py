"""Receiving a small body as a whole."""

import asyncio

from domain.errors import FileTooLarge
from entrypoints.http.protocol.errors import UploadInterrupted, UploadTooSlow
from entrypoints.http.protocol.problems import AnyRequest, note_read
from entrypoints.http.uploading.content_encoding import refuse_encoded

LARGEST_BODY = 64 * 1024  # bytes
DEADLINE = 15.0  # seconds for the whole body


async def whole_body(request: AnyRequest) -> bytes:
    """The body of ``request``.

    Raises:
        EncodedBody, FileTooLarge, UploadTooSlow, UploadInterrupted: it cannot be received.
    """
    refuse_encoded(request)
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
                    raise FileTooLarge(LARGEST_BODY)
    except TimeoutError as error:
        raise UploadTooSlow from error
    note_read(request)
    return bytes(body)
