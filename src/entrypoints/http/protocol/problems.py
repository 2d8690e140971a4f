"""Errors as responses: one table from error to status, hint and headers; bodies like those of the systems replaced, or RFC 9457's."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Scope

from domain import errors as domain
from domain.errors import CalotypeError
from entrypoints.http.protocol import errors as http
from entrypoints.http.protocol import problem_details
from entrypoints.http.protocol.addresses import Addresses

log = logging.getLogger("calotype.http")

AnyRequest: TypeAlias = Request[Any, Any, Any]  # Litestar's user, auth and state are not used

DEFAULT_FIELD = "original"
CODE_HEADER = "Calotype-Error"
WITH_BODY = frozenset({"POST", "PATCH", "PUT"})  # the methods of uploads


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The response to an error. ``hint`` follows the error's message in the body.

    The hint and the values of ``headers`` may contain names of the error's fields in braces.
    """

    status: int
    hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


TOKEN_WANTED = {"WWW-Authenticate": "Token"}
KEY_OF_UPLOAD = "The key is the value of the header Idempotency-Key."

ANSWERS: Mapping[type[CalotypeError], ErrorAnswer] = {
    domain.Rejected: ErrorAnswer(400),
    http.NoFile: ErrorAnswer(422),
    http.NotAFile: ErrorAnswer(422),
    http.SeveralFiles: ErrorAnswer(422),
    domain.EmptyFile: ErrorAnswer(422),
    domain.UndecodableImage: ErrorAnswer(422),
    domain.FormatNotAccepted: ErrorAnswer(422),
    domain.ImageTooLarge: ErrorAnswer(422),
    domain.ImageTooExpensive: ErrorAnswer(422),
    domain.FormatDiffers: ErrorAnswer(422),
    domain.IdempotencyKeyReused: ErrorAnswer(422, KEY_OF_UPLOAD),
    domain.UrlProblem: ErrorAnswer(422),
    domain.FileTooLarge: ErrorAnswer(413),
    http.BodyTooLarge: ErrorAnswer(413),
    http.NotMultipart: ErrorAnswer(415),
    http.EncodedBody: ErrorAnswer(415, headers={"Accept-Encoding": "identity"}),
    http.UnsupportedMediaType: ErrorAnswer(415),
    http.UploadTooSlow: ErrorAnswer(408),
    http.RangeNotSatisfiable: ErrorAnswer(416, headers={"Content-Range": "bytes */{size}"}),
    domain.NotFound: ErrorAnswer(404),
    domain.Conflict: ErrorAnswer(409),
    domain.SubmissionKeyTaken: ErrorAnswer(409, KEY_OF_UPLOAD),
    domain.SubmittedImageDeleted: ErrorAnswer(409, KEY_OF_UPLOAD),
    domain.PreconditionFailed: ErrorAnswer(
        412, "See If-Match, If-None-Match and If-Unmodified-Since among the headers of the request."
    ),
    domain.BlobExpired: ErrorAnswer(503, headers={"Retry-After": "1"}),
    domain.Denied: ErrorAnswer(403),
    http.NotAuthenticated: ErrorAnswer(401, headers=TOKEN_WANTED),
    domain.InvalidToken: ErrorAnswer(401, headers=TOKEN_WANTED),
    domain.Exhausted: ErrorAnswer(503, headers={"Retry-After": "2"}),
    # Otherwise the client's next request on this connection, which may have been sent already, would be refused too.
    http.RequestsBusy: ErrorAnswer(503, headers={"Retry-After": "2", "Connection": "close"}),
    http.RateExceeded: ErrorAnswer(429, headers={"Retry-After": "{seconds}"}),
    domain.TooManyAttempts: ErrorAnswer(429, headers={"Retry-After": "{seconds}"}),
    domain.Unavailable: ErrorAnswer(503, headers={"Retry-After": "5"}),
    domain.OutcomeUnknown: ErrorAnswer(
        503, "An upload that is sent again with the same Idempotency-Key is stored once.", headers={"Retry-After": "5"}
    ),
    domain.ReadOnly: ErrorAnswer(503, headers={"Retry-After": "30"}),
    domain.StorageFull: ErrorAnswer(507, headers={"Retry-After": "5"}),
    domain.Misconfigured: ErrorAnswer(500),
}


def note_field(request: AnyRequest, name: str) -> None:
    """Remember the form field of an upload, so that an error response can name it."""
    cast("dict[str, object]", request.scope)["calotype.field"] = name


def _noted_field(request: AnyRequest) -> str:
    return str(cast("dict[str, object]", request.scope).get("calotype.field", DEFAULT_FIELD))


def note_failure(scope: Scope, error: Exception) -> None:
    """Remember an error that occurred before the routes were called: they report it instead of trying again."""
    cast("dict[str, object]", scope)["calotype.failure"] = error


def has_noted_failure(scope: Scope) -> bool:
    return "calotype.failure" in scope


def raise_noted_failure(scope: Scope) -> None:
    """Raise the error that ``note_failure`` remembered, if any.

    Raises:
        Exception: the remembered error.
    """
    failure = cast("dict[str, object]", scope).pop("calotype.failure", None)
    try:
        if isinstance(failure, Exception):
            raise failure
    finally:
        del failure  # an error holds this frame: holding it in turn, it would keep the connection open for a while


def note_read(request: AnyRequest) -> None:
    """Remember that the body was read to its end, so that the connection can be used again."""
    cast("dict[str, object]", request.scope)["calotype.read"] = True


def _of_the_connection(request: AnyRequest) -> dict[str, str]:
    """The server closes a connection whose request body was not read; this tells the client not to use it again."""
    is_read = request.method not in WITH_BODY or "calotype.read" in cast("dict[str, object]", request.scope)
    return {} if is_read else {"Connection": "close"}


def answer_of(error: type[CalotypeError]) -> ErrorAnswer:
    """The row of the error's class, or else of its nearest base class."""
    return next(ANSWERS[each] for each in error.__mro__ if each in ANSWERS)


def answer_error(addresses: Addresses, request: AnyRequest, error: CalotypeError) -> Response[bytes]:
    """The response to a domain or HTTP error. ``addresses`` tell where the page of all errors is."""
    row = answer_of(type(error))
    if row.status >= 500:
        log.warning("%s %r: %r", request.method, request.scope["path"], error, exc_info=error.__cause__)
    headers = {CODE_HEADER: error.code, **{name: error.fill(value) for name, value in row.headers.items()}}
    problem = problem_details.of_error(error, row.status, _text_of(error), addresses.of(request.scope))
    return _answer(request, row.status, body_of(error, _noted_field(request)), problem, headers)


def _text_of(error: CalotypeError) -> str:
    """The message, and the hint that follows it."""
    return f"{error} {error.fill(answer_of(type(error)).hint)}".rstrip()


def body_of(error: CalotypeError, field: str = DEFAULT_FIELD) -> Mapping[str, object]:
    """The body of the response to an error. ``field``: the form field that the upload used."""
    text = _text_of(error)
    if isinstance(error, domain.WrongCredentials):
        return {"non_field_errors": [text]}
    if isinstance(error, http.MissingField):
        return {name: ["This field is required."] for name in error.fields}
    if isinstance(error, domain.UrlProblem):
        return {"url": [text]}
    if isinstance(error, http.InvalidParameter):
        return {error.parameter: [text]}
    return {field: [text]} if answer_of(type(error)).status == 422 else {"detail": text}


def answer_http_exception(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """The response to an error of the framework: no such route, no such method, a malformed request."""
    if error.status_code == 404:
        detail = "Not found."
    elif error.status_code == 405:
        detail = f'Method "{request.method}" not allowed.'
    else:
        detail = error.detail
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    status = error.status_code
    return _answer(request, status, {"detail": detail}, problem_details.of_status(status, detail), headers)


def answer_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The response to a bug: it contains only a reference, under which the operator finds the error in the log."""
    reference = secrets.token_hex(4)
    log.error("%s %r failed, reference %s", request.method, request.scope["path"], reference, exc_info=error)
    detail = f"Something went wrong here. The operator finds it under {reference} in the log."
    return _answer(request, 500, {"detail": detail}, problem_details.of_status(500, detail))


def _answer(
    request: AnyRequest,
    status: int,
    body: object,
    problem: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """``body``, or ``problem`` if the client asks for problem details."""
    sent = {**(headers or {}), **_of_the_connection(request)}
    if problem_details.is_wanted(request.scope):
        return json_answer(problem, status, sent, problem_details.MEDIA_TYPE)
    return json_answer(body, status, sent)


def json_answer(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response[bytes]:
    """A JSON response that no cache may store."""
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=media_type,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
