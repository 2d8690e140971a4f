"""How a route is described in the OpenAPI document: its parameters, its body, and everything that it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeAlias

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    Example,
    Link,
    OpenAPIFormat,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.types import OperationIDCreator
from msgspec import Struct

from entrypoints.http.protocol import problem_details
from entrypoints.http.routes.openapi.documented_errors import NO_ERRORS, PROBLEM, DocumentedErrors, json_example

READING = (HttpMethod.GET, HttpMethod.HEAD)
HEAD_SUFFIX = "_head"
TEXT = Schema(type=OpenAPIType.STRING)
BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)

Security: TypeAlias = Sequence[dict[str, list[str]]]
WITH_TOKEN: Security = ({"token": []},)
WITH_TOKEN_OR_LINK: Security = ({"token": []}, {})
OPEN: Security = ()

USES_OF_IMAGE = {
    operation: Link(operation_id=operation, parameters={"reference": "$response.body#/id"})
    for operation in ("show_image", "patch_image", "put_image", "delete_image")
}


def named(name: str) -> OperationIDCreator:
    """Operation ids for GET and HEAD: OpenAPI requires one for each method."""
    return lambda _handler, method, _path: name if method == HttpMethod.GET else f"{name}{HEAD_SUFFIX}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A response that is not made from an error.

    ``body``: the JSON object in it, and an example. ``headers``: what each header says. ``files``: the media types of
    other bodies. ``is_image``: whether the body is a new image object.
    """

    status: int
    about: str
    body: type[Struct] | None = None
    example: Struct | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[str] = ()
    is_image: bool = False

    @property
    def spec(self) -> ResponseSpec:
        examples = [json_example(self.body.__name__, self.example)] if self.body and self.example else None
        return ResponseSpec(self.body, generate_examples=False, description=self.about, examples=examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """The description of the operations of one route. ``path``: what each parameter in the path says."""

    successes: Sequence[Success]
    errors: DocumentedErrors = NO_ERRORS
    path: Mapping[str, str] = field(default_factory=dict)
    parameters: Sequence[Parameter] = ()
    request_body: RequestBody | None = None
    security: Security = WITH_TOKEN

    @property
    def responses(self) -> dict[int, ResponseSpec]:
        """All responses, for Litestar, which makes the schemas of their bodies."""
        return {each.status: each.spec for each in self.successes} | self.errors.specs()

    @property
    def operation(self) -> type[Operation]:
        """The class of the operations, which adds what Litestar cannot know."""

        class Described(DocumentedOperation):
            described = self

        return Described

    @property
    def query_names(self) -> frozenset[str]:
        """The names of the query parameters."""
        return frozenset(each.name for each in self.parameters if each.param_in == "query")

    def complete(self, operation: Operation) -> None:
        """Add headers, files, parameters, the body of the request and the security."""
        is_head = (operation.operation_id or "").endswith(HEAD_SUFFIX)
        files = {str(each.status): each.files for each in self.successes}
        errors = self.errors.headers()
        headers = {str(each.status): _texts(each.headers) for each in self.successes} | errors
        images = {str(each.status) for each in self.successes if each.is_image}
        made = operation.responses or {}
        operation.responses = {status: made[status] for status in sorted(headers)}
        for status, response in operation.responses.items():
            assert isinstance(response, OpenAPIResponse)
            response.headers = dict(headers[status]) or None
            response.links = dict(USES_OF_IMAGE) if status in images else None
            response.content = None if is_head else _content(files.get(status, ()), response.content or {})
            if response.content and status in errors:
                response.content[problem_details.MEDIA_TYPE] = OpenAPIMediaType(schema=PROBLEM)
        for parameter in operation.parameters or []:
            assert isinstance(parameter, Parameter)
            parameter.description = self.path[parameter.name]
        operation.parameters = [*(operation.parameters or []), *self.parameters] or None
        operation.request_body = self.request_body
        operation.security = list(self.security)


@dataclass
class DocumentedOperation(Operation):
    described: ClassVar[Documented]

    def __post_init__(self) -> None:
        self.described.complete(self)


def known_parameters(handler: HTTPRouteHandler) -> frozenset[str] | None:
    """The names of the query parameters that the operation knows; None if it is not documented."""
    operation = handler.operation_class
    return operation.described.query_names if issubclass(operation, DocumentedOperation) else None


def query(name: str, about: str, schema: Schema = TEXT) -> Parameter:
    return Parameter(name=name, param_in="query", description=about, required=False, schema=schema)


def request_header(name: str, about: str, schema: Schema = TEXT) -> Parameter:
    return Parameter(name=name, param_in="header", description=about, required=False, schema=schema)


def form(media_type: str, schema: Schema, example: object = None) -> dict[str, OpenAPIMediaType]:
    return {media_type: OpenAPIMediaType(schema=schema, example=example)}


def _content(files: Sequence[str], made: Mapping[str, OpenAPIMediaType]) -> dict[str, OpenAPIMediaType] | None:
    for each in made.values():
        if isinstance(each.schema, Schema) and each.schema.one_of:  # as Litestar writes a union, whatever is in it
            each.schema = Schema(any_of=each.schema.one_of)
        examples = {name: example for name, example in (each.examples or {}).items() if isinstance(example, Example)}
        # Litestar would write the ids into the document, which OpenAPI does not allow.
        each.examples = {name: replace(example, id=None) for name, example in examples.items()} or None
    return {**{media_type: OpenAPIMediaType(schema=BINARY) for media_type in files}, **made} or None


def _texts(headers: Mapping[str, str]) -> dict[str, OpenAPIHeader]:
    return {name: OpenAPIHeader(schema=TEXT, description=about) for name, about in headers.items()}
