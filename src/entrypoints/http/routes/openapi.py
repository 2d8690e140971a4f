"""What OpenAPI says of routes whose bodies Litestar cannot see, since they are read and sent by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import HttpMethod
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.types import OperationIDCreator

from domain.model.images.page import Ordering
from domain.model.pixels.media import ImageFormat

READING = (HttpMethod.GET, HttpMethod.HEAD)
TEXT = Schema(type=OpenAPIType.STRING)
BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


def named(name: str) -> OperationIDCreator:
    """HEAD is an operation of its own to OpenAPI, and wants a name of its own."""
    return lambda _handler, method, _path: name if method == HttpMethod.GET else f"{name}_head"


def _query(name: str, about: str, type: OpenAPIType) -> Parameter:
    return Parameter(name=name, param_in="query", description=about, required=False, schema=Schema(type=type))


def _header(name: str, about: str) -> Parameter:
    return Parameter(name=name, param_in="header", description=about, required=False, schema=TEXT)


def _demands() -> Sequence[Parameter]:
    return (
        _header("If-Match", "ETags of which what is there must have one"),
        _header("If-Unmodified-Since", "the Last-Modified that what is there must not be younger than"),
    )


def _demands_on_change() -> Sequence[Parameter]:
    return (*_demands(), _header("If-None-Match", "ETags, or *, of which what is there must have none"))


@dataclass
class UploadOperation(Operation):
    """A form with one file, in a field of either of two names."""

    def __post_init__(self) -> None:
        fields = {"original": BINARY, "image": BINARY}
        self.request_body = RequestBody(
            required=True,
            content={
                "multipart/form-data": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        properties=dict(fields),
                        one_of=[Schema(required=[name]) for name in fields],
                    )
                )
            },
        )


@dataclass
class StoreOperation(UploadOperation):
    def __post_init__(self) -> None:
        super().__post_init__()
        about = "1 to 255 visible ASCII characters; the same upload under the same key is stored once in 24 hours"
        self.parameters = [*(self.parameters or []), _header("Idempotency-Key", about)]


@dataclass
class DeleteOperation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), *_demands_on_change()]


@dataclass
class ReplaceOperation(UploadOperation):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.parameters = [*(self.parameters or []), *_demands_on_change()]


@dataclass
class LogInOperation(Operation):
    """Name and password, as a form or as JSON."""

    def __post_init__(self) -> None:
        credentials = Schema(
            type=OpenAPIType.OBJECT,
            properties={"username": TEXT, "password": TEXT},
            required=["username", "password"],
        )
        self.request_body = RequestBody(
            required=True,
            content={
                media_type: OpenAPIMediaType(schema=credentials)
                for media_type in ("application/x-www-form-urlencoded", "application/json")
            },
        )


@dataclass
class ListOperation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            _query("limit", "pictures on a page, 10 unless told, at most 100", OpenAPIType.INTEGER),
            _query("offset", "pictures to skip", OpenAPIType.INTEGER),
            _query("cursor", "a place in the list, as 'next' and 'previous' hold it", OpenAPIType.STRING),
            _query("ordering", f"one of {', '.join(Ordering)}", OpenAPIType.STRING),
            *(_query(name, about, type) for name, (about, type) in CONDITIONS.items()),
            _header("If-None-Match", "the ETag of what the client has"),
        ]


CONDITIONS = {
    "type": (f"format: {', '.join(ImageFormat)}", OpenAPIType.STRING),
    "search": ("a part of the name, in whatever case", OpenAPIType.STRING),
    "created_after": ("the first moment, ISO 8601", OpenAPIType.STRING),
    "created_before": ("the first moment that is too late, ISO 8601", OpenAPIType.STRING),
    **{
        f"{end}_{what}": (f"{what} at the {superlative}, in {unit}", OpenAPIType.INTEGER)
        for what, unit in (("width", "pixels"), ("height", "pixels"), ("size", "bytes"))
        for end, superlative in (("min", "least"), ("max", "most"))
    },
}


MEDIA_TYPES = tuple(each.media_type for each in ImageFormat)


@dataclass
class BytesOperation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            _header("Range", "the bytes wanted"),
            _header("If-None-Match", "the ETag of what the client has"),
            *_demands(),
        ]
        described = OpenAPIResponse(
            description="The picture itself, or by number what is known of it",
            content={
                **{media_type: OpenAPIMediaType(schema=BINARY) for media_type in MEDIA_TYPES},
                "application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT)),
            },
        )
        self.responses = {**(self.responses or {}), "200": described}
