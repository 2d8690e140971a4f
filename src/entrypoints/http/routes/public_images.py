"""The routes of public images, which anyone may see.

Use cases: images/image_bytes, images/public/show_public_image.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Response, route
from litestar.params import FromPath
from litestar.types import HTTPScope, Receive

from domain.errors import ImageNotFound
from domain.model.images.public_paths import public_path, public_version
from domain.ports.system import Clock
from domain.use_cases.images.image_bytes import bytes_of
from domain.use_cases.images.public.show_public_image import ShowPublicImage
from entrypoints.http.injection import Injected
from entrypoints.http.protocol.answers import Answer, Sent
from entrypoints.http.protocol.caching import CHECKED, until_image_expires
from entrypoints.http.protocol.problems import AnyRequest, raise_noted_failure
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.routes.openapi.documented import READING, named
from entrypoints.http.routes.openapi.operations import SHOW_PUBLIC, SHOW_PUBLIC_VARIANT
from entrypoints.http.serving.delivery import Delivery

ORIGINAL, VARIANT = "/p/{file:str}", "/p/{slug:str}/{file:str}"


@dataclass(frozen=True, slots=True)
class PublicEndpoints:
    """Everything that the routes of public images use."""

    show_public_image: ShowPublicImage
    delivery: Delivery
    clock: Clock

    async def show(self, scope: HTTPScope, _: Receive, first: str, second: str | None) -> Answer:
        """The response to a GET or HEAD request for ``/p/<first>``, or ``/p/<first>/<second>``.

        A token is ignored. The service sends the bytes itself: a link into the store would open them longer than they are
        public.
        """
        slug, variant = (_stem(first), None) if second is None else (first, _stem(second))
        image = await self.show_public_image(slug)
        shown = bytes_of(image, variant)
        if _path(scope) != public_path(image, variant):
            raise ImageNotFound
        now = self.clock.now()
        is_this_version = _version(scope) == public_version(shown.facts)
        caching = until_image_expires(image.details.expires_at, now) if is_this_version else CHECKED
        return self.delivery.answer(scope, shown, now, caching, may_redirect=False)


@route(
    ORIGINAL,
    http_method=READING,
    operation_class=SHOW_PUBLIC.operation,
    responses=SHOW_PUBLIC.responses,
    operation_id=named("show_public_image"),
    summary="Download a public image",
)
async def show(request: AnyRequest, file: FromPath[str], public: Injected[PublicEndpoints]) -> Response[Any]:
    """A public image. Its ``public_url`` leads here."""
    raise_noted_failure(request.scope)
    return Sent(await public.show(request.scope, request.receive, file, None))


@route(
    VARIANT,
    http_method=READING,
    operation_class=SHOW_PUBLIC_VARIANT.operation,
    responses=SHOW_PUBLIC_VARIANT.responses,
    operation_id=named("show_public_variant"),
    summary="Download a variant of a public image",
)
async def show_variant(
    request: AnyRequest, slug: FromPath[str], file: FromPath[str], public: Injected[PublicEndpoints]
) -> Response[Any]:
    """A variant of a public image; 404 until it is made."""
    raise_noted_failure(request.scope)
    return Sent(await public.show(request.scope, request.receive, slug, file))


ROUTES = (show, show_variant)


def _stem(file: str) -> str:
    return file.rpartition(".")[0]


def _path(scope: HTTPScope) -> str:
    """The path as the client wrote it: caches take other spellings of one path for other paths."""
    return scope["raw_path"].decode("latin-1")


def _version(scope: HTTPScope) -> str | None:
    """The value of ``v`` in the query."""
    return first_values(scope).get("v") if scope["query_string"] else None
