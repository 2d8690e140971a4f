"""OpenAPI descriptions of routes whose bodies Litestar cannot inspect, because they are streamed."""

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
    """Operation ids for GET and HEAD: OpenAPI requires one for each method."""
    return lambda _handler, method, _path: name if method == HttpMethod.GET else f"{name}_head"


def _query(name: str, about: str, type: OpenAPIType) -> Parameter:
    return Parameter(name=name, param_in="query", description=about, required=False, schema=Schema(type=type))


def _header(name: str, about: str) -> Parameter:
    return Parameter(name=name, param_in="header", description=about, required=False, schema=TEXT)


def _conditions() -> Sequence[Parameter]:
    return (
        _header("If-Match", "ETags, one of which the image must have"),
        _header("If-Unmodified-Since", "the image must not have been modified after this time"),
    )


def _change_conditions() -> Sequence[Parameter]:
    return (*_conditions(), _header("If-None-Match", "ETags, or *, none of which the image may have"))


@dataclass
class UploadOperation(Operation):
    """A form with one file, in the field `original` or `image`."""

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
        self.parameters = [*(self.parameters or []), *_change_conditions()]


@dataclass
class ReplaceOperation(UploadOperation):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.parameters = [*(self.parameters or []), *_change_conditions()]


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
                for media_type in ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
            },
        )


@dataclass
class ListOperation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            _query("limit", "images per page; default 10, at most 100", OpenAPIType.INTEGER),
            _query("offset", "images to skip", OpenAPIType.INTEGER),
            _query("cursor", "position in the list, from the URL in 'next' or 'previous'", OpenAPIType.STRING),
            _query("ordering", f"one of {', '.join(Ordering)}", OpenAPIType.STRING),
            *(_query(name, about, type) for name, (about, type) in FILTERS.items()),
            _header("If-None-Match", "ETag of the version that the client has"),
        ]


FILTERS = {
    "type": (f"format: {', '.join(ImageFormat)}", OpenAPIType.STRING),
    "search": ("part of the name, in upper or lower case", OpenAPIType.STRING),
    "created_after": ("stored at or after this time, ISO 8601", OpenAPIType.STRING),
    "created_before": ("stored before this time, ISO 8601", OpenAPIType.STRING),
    **{
        f"{end}_{what}": (f"{limit} {what} in {unit}", OpenAPIType.INTEGER)
        for what, unit in (("width", "pixels"), ("height", "pixels"), ("size", "bytes"))
        for end, limit in (("min", "minimum"), ("max", "maximum"))
    },
}


MEDIA_TYPES = tuple(each.media_type for each in ImageFormat)


@dataclass
class BytesOperation(Operation):
    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            _header("Range", "range of bytes to send"),
            _header("If-None-Match", "ETag of the version that the client has"),
            *_conditions(),
        ]
        described = OpenAPIResponse(
            description="The image, or its description if addressed by id",
            content={
                **{media_type: OpenAPIMediaType(schema=BINARY) for media_type in MEDIA_TYPES},
                "application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT)),
            },
        )
        self.responses = {**(self.responses or {}), "200": described}
