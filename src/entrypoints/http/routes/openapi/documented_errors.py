"""Errors in the OpenAPI document, from the table of their responses: status, codes, body, headers, an example of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
from typing import Annotated, Any, TypeAlias

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIHeader, OpenAPIType, Schema
from msgspec import Raw, Struct, defstruct, json

from domain import errors as domain
from domain.errors import CalotypeError
from domain.model.images.image_filter import ImageFilter
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.media import ImageFormat
from entrypoints.http.protocol import errors as http
from entrypoints.http.protocol.problems import CODE_HEADER, answer_of, body_of
from entrypoints.schemas import about

EXAMPLES: Mapping[type[CalotypeError], CalotypeError] = {
    type(error): error
    for error in (
        domain.FileTooLarge(52_428_800),
        domain.FormatDiffers("sample.png", "JPEG"),
        domain.FormatNotAccepted("PDF", AdmissionPolicy().labels),
        domain.InvalidUrl("it must begin with http:// or https://"),
        domain.InvalidValue("Content-Disposition", "the name of the file is not in UTF-8"),
        domain.QuotaExceeded("bytes", 10_000_000_000, 36_000, 409_000),
        domain.RemoteFailed("it answered with status 404", 404),
        domain.RemoteUnreachable("it accepts no connection"),
        domain.ImageTooLarge("pixels", 250_000_000, 50_000_000),
        domain.InvalidValue("tags", "give at most 32 tags"),
        domain.ScopeMissing("write"),
        domain.TooManyAttempts(60),
        domain.VariantFailed("small"),
        domain.VariantNotFound("large"),
        domain.VariantPending("small"),
        http.EncodedBody("gzip"),
        http.BodyTooLarge(65_536),
        http.InvalidBody("it has the unknown member title"),
        http.InvalidParameter("type", f"one of {', '.join(ImageFormat)}"),
        http.MalformedForm("its last boundary is missing"),
        http.MissingField(("password",)),
        http.RateExceeded("uploads", 60, 1),
        http.RangeNotSatisfiable(48_213),
        http.UnsupportedMediaType(("application/x-www-form-urlencoded", "multipart/form-data", "application/json")),
    )
}
"""Examples of errors that cannot be made without data."""


Problems: TypeAlias = Annotated[list[str], about("what is wrong with what was given for this name")]


class Detail(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of most errors."""

    detail: Annotated[str, about("what is wrong, in words for people")]


PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    description="for clients that ask for it; further members are the data of the error",
    properties={
        "type": Schema(type=OpenAPIType.STRING, description="address of the explanation of the error"),
        "title": Schema(type=OpenAPIType.STRING, description="the kind of error, in words"),
        "status": Schema(type=OpenAPIType.INTEGER, description="the status of the response"),
        "detail": Schema(type=OpenAPIType.STRING, description="what is wrong, in words for people"),
        "code": Schema(type=OpenAPIType.STRING, description="the code of the error"),
    },
    required=["type", "title", "status", "detail"],
)
"""The problem details of every error (RFC 9457)."""

HEADERS = {
    "WWW-Authenticate": "the scheme by which a token is sent",
    "Connection": "that the connection is closed",
    "Retry-After": "seconds after which the request may be sent again",
    "Accept-Encoding": "that bodies are not to be compressed",
    "Content-Range": "the size of the whole file",
}
"""What the headers of errors say."""

BUG = 500
BUG_SPEC = ResponseSpec(
    Detail, generate_examples=False, description="A bug, or settings that cannot be used; the log says more."
)


class UploadProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the file of an upload, under the name of its field."""

    original: Problems = []
    image: Problems = []
    url: Problems = []


class LogInProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the credentials."""

    username: Problems = []
    password: Problems = []
    non_field_errors: Problems = []


class ShowProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the query of a request for one image."""

    wait: Problems = []


ListProblem = defstruct(
    "ListProblem",
    [(name, Problems, []) for name in ("ordering", *(each.name for each in fields(ImageFilter)))],
    frozen=True,
    forbid_unknown_fields=True,
)
"""What is wrong with a query parameter of a list."""


@dataclass(frozen=True, slots=True)
class DocumentedErrors:
    """The errors that one route answers. In ``raised``, a family stands for all of its errors.

    ``problems``: the body of the errors that say which field of the request is at fault. ``examples``: of errors whose
    usual example does not fit the route. A route that answers errors can also have bugs.
    """

    raised: Sequence[type[CalotypeError]] = ()
    problems: type[Struct] = Detail
    examples: Sequence[CalotypeError] = ()

    def specs(self) -> dict[int, ResponseSpec]:
        """The responses, by status."""
        bugs = {BUG: BUG_SPEC} if self.raised else {}
        return {status: self._spec(errors) for status, errors in self.by_status().items()} | bugs

    def headers(self) -> dict[str, dict[str, OpenAPIHeader]]:
        """The headers of the responses, by status."""
        bugs: dict[str, dict[str, OpenAPIHeader]] = {str(BUG): {}} if self.raised else {}
        return {str(status): _headers(errors) for status, errors in self.by_status().items()} | bugs

    def by_status(self) -> dict[int, list[type[CalotypeError]]]:
        found: dict[int, list[type[CalotypeError]]] = {}
        for error in self.concrete():
            found.setdefault(answer_of(error).status, []).append(error)
        return found

    def concrete(self) -> list[type[CalotypeError]]:
        """Each error once, and no families."""
        return list(dict.fromkeys(each for error in self.raised for each in _concrete(error)))

    def body(self, error: type[CalotypeError]) -> type[Struct]:
        return Detail if "detail" in body_of(self.example(error)) else self.problems

    def _spec(self, errors: Sequence[type[CalotypeError]]) -> ResponseSpec:
        # Detail first: it requires a field, so clients that try one after the other find the right one.
        bodies: Any = reduce(or_, sorted({self.body(error) for error in errors}, key=lambda body: body is not Detail))
        return ResponseSpec(
            bodies,
            generate_examples=False,
            description=" ".join(f"`{error.code}`: {self.example(error)}" for error in errors),
            examples=[json_example(error.code, body_of(self.example(error))) for error in errors],
        )

    def example(self, error: type[CalotypeError]) -> CalotypeError:
        return next((each for each in self.examples if type(each) is error), None) or EXAMPLES.get(error) or error()


NO_ERRORS = DocumentedErrors()


def json_example(name: str, value: object) -> Example:
    """``value`` as JSON: Litestar would leave out what is null."""
    return Example(id=name, value=Raw(json.encode(value)))


def _concrete(error: type[CalotypeError]) -> Iterator[type[CalotypeError]]:
    if "code" in vars(error):
        yield error
    for each in error.__subclasses__():
        yield from _concrete(each)


def _headers(errors: Sequence[type[CalotypeError]]) -> dict[str, OpenAPIHeader]:
    codes = Schema(type=OpenAPIType.STRING, enum=[error.code for error in errors])
    names = dict.fromkeys(name for error in errors for name in answer_of(error).headers)
    return {CODE_HEADER: OpenAPIHeader(schema=codes, description="the error's code")} | {
        name: OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING), description=HEADERS[name]) for name in names
    }
