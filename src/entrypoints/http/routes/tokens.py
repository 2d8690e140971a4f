"""The log-in route: a password in exchange for a token.

Use cases: access/log_in.
"""

import asyncio
from urllib.parse import parse_qsl

import msgspec
from litestar import Response, post

from domain.errors import FileTooLarge
from domain.use_cases.access.log_in import LogIn
from entrypoints.http.injection import Injected
from entrypoints.http.protocol.errors import (
    InvalidBody,
    MissingField,
    UnsupportedMediaType,
    UploadInterrupted,
    UploadTooSlow,
)
from entrypoints.http.protocol.problems import AnyRequest, json_answer, note_read
from entrypoints.http.routes.openapi import LogInOperation
from entrypoints.schemas import TokenObject

LARGEST_BODY = 64 * 1024  # bytes
DEADLINE = 15.0  # seconds for the whole body
FIELDS = ("username", "password")


@post("/api/token", operation_class=LogInOperation, operation_id="log_in", status_code=200)
async def log_in(request: AnyRequest, log_in_user: Injected[LogIn]) -> Response[bytes]:
    """The token of a user: the same each time, until it is rotated or revoked."""
    given = _fields(request.headers.get("content-type", ""), await _body(request))
    missing = tuple(field for field in FIELDS if not given.get(field))
    if missing:
        raise MissingField(missing)
    address = request.client.host if request.client else ""
    token = await log_in_user(given["username"], given["password"], address)
    return json_answer(TokenObject(token))


async def _body(request: AnyRequest) -> bytes:
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


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        try:
            decoded = msgspec.json.decode(body, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidBody("a JSON object with 'username' and 'password' is expected") from error
        return {field: value for field in FIELDS if isinstance(value := decoded.get(field), str)}
    if media_type in ("application/x-www-form-urlencoded", ""):
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20))
        except ValueError as error:
            raise InvalidBody("it is not a valid form") from error
    raise UnsupportedMediaType(("application/x-www-form-urlencoded", "application/json"))
