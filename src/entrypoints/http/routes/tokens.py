"""The log-in route: a password in exchange for a token.

Use cases: access/log_in.
"""

from urllib.parse import parse_qsl

import msgspec
from litestar import Response, post

from adapters.shared.header_parameters import CHARSETS, read_parameters
from domain.model.audit.record import Actor, ActorKind
from domain.use_cases.access.log_in import LogIn
from entrypoints.acting import acting
from entrypoints.http.ignored import note_ignored
from entrypoints.http.injection import Injected
from entrypoints.http.protocol.errors import (
    InvalidBody,
    MalformedForm,
    MissingField,
    UnsupportedMediaType,
)
from entrypoints.http.protocol.problems import AnyRequest, json_answer
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.operations import LOG_IN
from entrypoints.http.uploading.base64_content import Base64Content
from entrypoints.http.uploading.form_headers import PartHeaders, read_boundary
from entrypoints.http.uploading.form_parts import FormParts
from entrypoints.http.uploading.whole_body import whole_body
from entrypoints.schemas import TokenObject

FIELDS = ("username", "password")


@post(
    "/api/token",
    operation_class=LOG_IN.operation,
    responses=LOG_IN.responses,
    operation_id="log_in",
    summary="Get a token",
    status_code=200,
)
async def log_in(
    request: AnyRequest, log_in_user: Injected[LogIn], endpoints: Injected[ImageEndpoints]
) -> Response[bytes]:
    """The token of a user: the same each time, until it is rotated or revoked."""
    given = _fields(request.headers.get("content-type", ""), await whole_body(request))
    for name in given:
        if name not in FIELDS:
            note_ignored(request.scope, name)
    missing = tuple(field for field in FIELDS if not given.get(field))
    if missing:
        raise MissingField(missing)
    address = endpoints.clients.share_of(request.scope)
    with acting(Actor(kind=ActorKind.LOG_IN, address=endpoints.clients.of(request.scope))):
        token = await log_in_user(given["username"], given["password"], address)
    return json_answer(TokenObject(token))


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    """What is given for ``FIELDS``, with the spaces around the user name removed, and the names of all other fields."""
    media_type, parameters = read_parameters(content_type)
    charset = parameters.get("charset", "").lower()
    match media_type:
        case "application/json":
            given = _in_json(body)
        case "multipart/form-data":
            given = _in_multipart(read_boundary(content_type), body, charset)
        case "application/x-www-form-urlencoded" | "":
            known = charset if charset in CHARSETS else "utf-8"
            given = dict(parse_qsl(_text(body, charset), keep_blank_values=True, encoding=known))
        case _:
            raise UnsupportedMediaType(("application/x-www-form-urlencoded", "multipart/form-data", "application/json"))
    return given | {"username": given.get("username", "").strip()}


def _in_json(body: bytes) -> dict[str, str]:
    try:
        decoded = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBody("a JSON object with 'username' and 'password' is expected") from error
    return {
        field: str(value) if field in FIELDS else ""
        for field, value in decoded.items()
        if field not in FIELDS or (isinstance(value, str | int | float) and not isinstance(value, bool))
    }


def _in_multipart(boundary: str, body: bytes, charset: str) -> dict[str, str]:
    parts = FormParts(boundary)
    given: dict[str, str] = {}
    for event in parts.take(body):
        if isinstance(event, PartHeaders):
            part, data = event, b""
        elif event is not None:
            data += event
        elif part.name not in FIELDS:
            given[part.name] = ""
        elif not part.filename:
            given[part.name] = _text(Base64Content().decode(data) if part.is_base64 else data, charset)
    if not parts.is_complete:
        raise MalformedForm("its last boundary is missing")
    return given


def _text(data: bytes, charset: str) -> str:
    if charset in CHARSETS:
        return data.decode(charset, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
