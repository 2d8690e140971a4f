"""Errors as answers: one table from error to status, and the two originals' bodies."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Scope

from domain import errors
from domain.errors import CalotypeError

log = logging.getLogger("calotype.http")

AnyRequest: TypeAlias = Request[Any, Any, Any]  # Litestar's user, auth and state, of which none is used

DEFAULT_FIELD = "original"
CODE_HEADER = "Calotype-Error"
WITH_BODY = frozenset({"POST", "PATCH", "PUT"})  # the methods that uploads come by

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
    errors.IdempotencyKeyReused: 422,
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


def note_field(request: AnyRequest, field: str) -> None:
    """Remember in which form field an upload came, for a refusal to name it."""
    cast("dict[str, object]", request.scope)["calotype.field"] = field


def _noted_field(request: AnyRequest) -> str:
    return str(cast("dict[str, object]", request.scope).get("calotype.field", DEFAULT_FIELD))


def note_failure(scope: Scope, error: Exception) -> None:
    """Remember what came of a request before the routes were asked: they answer it, and do not try again."""
    cast("dict[str, object]", scope)["calotype.failure"] = error


def raise_noted_failure(scope: Scope) -> None:
    """Return if nothing has failed yet.

    Raises:
        Exception: what has.
    """
    failure = cast("dict[str, object]", scope).get("calotype.failure")
    if isinstance(failure, Exception):
        raise failure


def note_read(request: AnyRequest) -> None:
    """Remember that the body was read to its end, so that the connection can serve the next request."""
    cast("dict[str, object]", request.scope)["calotype.read"] = True


def _of_the_connection(request: AnyRequest) -> dict[str, str]:
    """Where the body is left unread the server closes; a client that is not told would use the connection again."""
    is_read = request.method not in WITH_BODY or "calotype.read" in cast("dict[str, object]", request.scope)
    return {} if is_read else {"Connection": "close"}


def status_of(error: type[CalotypeError]) -> int:
    """The status of an error, by its class or the nearest one above it."""
    return next(STATUSES[each] for each in error.__mro__ if each in STATUSES)


def answer_error(request: AnyRequest, error: CalotypeError) -> Response[bytes]:
    """What a client is told of an error of ours."""
    status = status_of(type(error))
    body: object = {"detail": str(error)}
    if isinstance(error, errors.WrongCredentials):
        body = {"non_field_errors": [str(error)]}
    elif isinstance(error, errors.MissingField):
        body = {field: ["This field is required."] for field in error.fields}
    elif isinstance(error, errors.InvalidParameter):
        body = {error.parameter: [str(error)]}
    elif status == 422:
        body = {_noted_field(request): [str(error)]}
    if status >= 500:
        log.warning("%s %r: %r", request.method, request.scope["path"], error, exc_info=error.__cause__)
    headers = {CODE_HEADER: error.code, **_headers_of(error, status)}
    return json_answer(body, status, headers | _of_the_connection(request))


def _headers_of(error: CalotypeError, status: int) -> Mapping[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Token"}
    if isinstance(error, errors.TooManyAttempts):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, errors.Exhausted | errors.Unavailable):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, errors.BlobExpired):
        return {"Retry-After": "1"}
    if isinstance(error, errors.RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    return {}


def answer_http_exception(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What a client is told where the framework refused: no such route, no such method, a malformed request."""
    if error.status_code == 404:
        detail = "Not found."
    elif error.status_code == 405:
        detail = f'Method "{request.method}" not allowed.'
    else:
        detail = error.detail
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return json_answer({"detail": detail}, error.status_code, headers | _of_the_connection(request))


def answer_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """What a client is told of a mistake of ours: nothing but where the operator finds it in the log."""
    reference = secrets.token_hex(4)
    log.error("%s %r failed, reference %s", request.method, request.scope["path"], reference, exc_info=error)
    return json_answer(
        {"detail": f"Something went wrong here. The operator finds it under {reference} in the log."}, 500
    )


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """An answer that no cache keeps: what it says may be otherwise in the next moment."""
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
