"""Errors as answers: one table from error to status, and the two originals' bodies."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from domain import errors
from domain.errors import CalotypeError

log = logging.getLogger("calotype.http")

AnyRequest: TypeAlias = Request[Any, Any, Any]  # Litestar's user, auth and state, of which none is used

DEFAULT_FIELD = "original"
CODE_HEADER = "Calotype-Error"

STATUSES: Mapping[type[CalotypeError], int] = {
    errors.Rejected: 400,
    errors.NoFile: 422,
    errors.NotAFile: 422,
    errors.EmptyFile: 422,
    errors.SeveralFiles: 422,
    errors.UndecodableImage: 422,
    errors.FormatNotAccepted: 422,
    errors.ImageTooLarge: 422,
    errors.ImageTooExpensive: 422,
    errors.FormatDiffers: 422,
    errors.FileTooLarge: 413,
    errors.NotMultipart: 415,
    errors.UnsupportedMediaType: 415,
    errors.UploadTooSlow: 408,
    errors.RangeNotSatisfiable: 416,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.BlobExpired: 503,
    errors.NotAuthenticated: 401,
    errors.InvalidToken: 401,
    errors.Denied: 403,
    errors.Exhausted: 503,
    errors.TooManyAttempts: 429,
    errors.Unavailable: 503,
    errors.StorageFull: 507,
    errors.Misconfigured: 500,
}


def header(request: AnyRequest, name: bytes) -> str | None:
    """The first header of this name (in lower case); Litestar would make a mapping of them all first."""
    for found, value in request.scope["headers"]:
        if found == name:
            return value.decode("latin-1")
    return None


def note_field(request: AnyRequest, field: str) -> None:
    """Remember in which form field an upload came, for a refusal to name it."""
    cast("dict[str, object]", request.scope)["calotype.field"] = field


def _noted_field(request: AnyRequest) -> str:
    return str(cast("dict[str, object]", request.scope).get("calotype.field", DEFAULT_FIELD))


def status_of(error: type[CalotypeError]) -> int:
    """The status of an error, by its class or the nearest one above it."""
    return next(STATUSES[each] for each in error.__mro__ if each in STATUSES)


def answer_error(request: AnyRequest, error: CalotypeError) -> Response[bytes]:
    """What a client is told of an error of ours."""
    status = status_of(type(error))
    body: object = {"detail": str(error)}
    headers = {CODE_HEADER: error.code}
    if isinstance(error, errors.WrongCredentials):
        body = {"non_field_errors": [str(error)]}
    elif isinstance(error, errors.MissingField):
        body = {field: ["This field is required."] for field in error.fields}
    elif status == 422:
        body = {_noted_field(request): [str(error)]}
    if status == 401:
        headers["WWW-Authenticate"] = "Token"
    if isinstance(error, errors.TooManyAttempts):
        headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, errors.Exhausted | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, errors.BlobExpired):
        headers["Retry-After"] = "1"
    if isinstance(error, errors.RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status >= 500:
        log.warning("%s %r: %r", request.method, request.scope["path"], error, exc_info=error.__cause__)
    return json_answer(body, status, headers)


def answer_http_exception(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What a client is told where the framework refused: no such route, no such method, a malformed request."""
    if error.status_code == 404:
        detail = "Not found."
    elif error.status_code == 405:
        detail = f'Method "{request.method}" not allowed.'
    else:
        detail = error.detail
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return json_answer({"detail": detail}, error.status_code, headers)


def answer_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """What a client is told of a mistake of ours: nothing but where the operator finds it in the log."""
    reference = secrets.token_hex(4)
    log.error("%s %r failed, reference %s", request.method, request.scope["path"], reference, exc_info=error)
    return json_answer(
        {"detail": f"Something went wrong here. The operator finds it under {reference} in the log."}, 500
    )


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/json", headers=dict(headers or {})
    )
