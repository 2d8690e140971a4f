"""The image routes.

Use cases: access/authenticate, images/change_details, images/image_bytes, images/list_images, images/open_link,
images/removing/delete_image, images/replace_image, images/show_image, images/store_image.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import HttpMethod, Response, delete, patch, post, put, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import HTTPScope, Receive

from adapters.shared.run_to_completion import run_to_completion
from domain.model.access.access_key import Principal, Scope
from domain.model.audit.record import Actor, ActorKind
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.page import Page, PageRequest
from domain.ports.system import Clock
from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.images.change_details import ChangeDetails
from domain.use_cases.images.image_bytes import bytes_of
from domain.use_cases.images.list_images import ListImages
from domain.use_cases.images.open_link import OpenLink
from domain.use_cases.images.removing.delete_image import DeleteImage
from domain.use_cases.images.replace_image import ReplaceImage
from domain.use_cases.images.show_image import ShowImage
from domain.use_cases.images.store_image import StoreImage
from entrypoints.acting import acting
from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.turns import noted_caller
from entrypoints.http.ignored import note_if_stated
from entrypoints.http.injection import Injected
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.protocol import json_body
from entrypoints.http.protocol.addresses import Addresses
from entrypoints.http.protocol.answers import Answer, Sent
from entrypoints.http.protocol.authentication import token_of
from entrypoints.http.protocol.caching import PRIVATE, until_link_expires
from entrypoints.http.protocol.conditions import Conditions
from entrypoints.http.protocol.etags import content_tag
from entrypoints.http.protocol.problems import AnyRequest, raise_noted_failure
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.routes.cursors import page_links
from entrypoints.http.routes.list_query import page_request
from entrypoints.http.routes.openapi.documented import READING, named
from entrypoints.http.routes.openapi.operations import CHANGE, DELETE, LIST, REPLACE, SHOW, SHOW_VARIANT, STORE
from entrypoints.http.serving.delivery import Delivery
from entrypoints.http.serving.descriptions import Descriptions, listed
from entrypoints.http.serving.waiting import Waiting
from entrypoints.http.uploading.details_body import DetailsObject
from entrypoints.http.uploading.form_headers import media_type_of
from entrypoints.http.uploading.idempotency import submission_key
from entrypoints.http.uploading.upload_reader import UploadReader
from entrypoints.http.uploading.whole_body import whole_body
from entrypoints.schemas import ImageObject, ImageSerializer, PageObject

ONE_IMAGE, ONE_VARIANT = "/image/{reference:str}", "/image/{reference:str}/{variant:str}"


@dataclass(frozen=True, slots=True)
class ImageEndpoints:
    """Everything that the image routes use, injected as one object: Litestar starts a task for each dependency."""

    authenticate: Authenticate
    metrics: Metrics
    addresses: Addresses
    clients: ClientAddresses
    serializer: ImageSerializer
    descriptions: Descriptions
    clock: Clock
    uploads: UploadReader
    delivery: Delivery
    waiting: Waiting
    store_image: StoreImage
    list_images: ListImages
    show_image: ShowImage
    open_link: OpenLink
    replace_image: ReplaceImage
    change_details: ChangeDetails
    delete_image: DeleteImage

    async def caller(self, scope: HTTPScope) -> Principal:
        """The principal whose token the request sends, unless it was read before.

        Raises:
            NotAuthenticated, InvalidToken, DatabaseUnavailable: there is none.
        """
        return noted_caller(scope) or await self.authenticate(token_of(scope))

    def acting(
        self, scope: HTTPScope, principal: Principal, kind: ActorKind = ActorKind.KEY
    ) -> AbstractContextManager[None]:
        """Have what is done meanwhile noted as done by this client."""
        return acting(Actor(kind=kind, user=principal.user, key=principal.key, address=self.clients.of(scope)))

    async def show(self, scope: HTTPScope, receive: Receive, reference: str, variant: str | None) -> Answer:
        """The response to a GET or HEAD request for one image: its description by id, its bytes by name or by link."""
        addressed = ImageReference.parse(reference)
        if addressed.id is None and b"signature=" in scope["query_string"]:
            shown, expires_at = await self.open_link(reference, variant, first_values(scope))
            now = self.clock.now()
            return self.delivery.answer(scope, shown, now, until_link_expires(expires_at, now))
        token = token_of(scope)
        image = await self.show_image.by_token(token, addressed)
        if addressed.id is not None and variant is None:
            if b"wait=" in scope["query_string"]:
                # Read as at a new request: the key may be revoked meanwhile.
                again = partial(self.show_image.by_token, token, addressed)
                image = await self.waiting.until_made(scope, receive, image, again)
            return self.descriptions.answer(scope, image, self.addresses.of(scope), self.clock.now())
        note_if_stated(scope, "wait")
        return self.delivery.answer(scope, bytes_of(image, variant), self.clock.now(), PRIVATE)

    def describe(self, scope: HTTPScope, image: Image) -> ImageObject:
        return self.serializer.image(image, self.addresses.of(scope), self.clock.now())

    def stored(self, scope: HTTPScope, image: Image, status: int, *, is_located: bool = False) -> Response[bytes]:
        """The response to the client that has just stored ``image``."""
        headers = {"ETag": content_tag(image.original.facts.digest)}
        if is_located:
            headers["Location"] = f"{self.addresses.of(scope)}/image/{image.id}/"
        return _json(self.describe(scope, image), status, headers)

    async def replaced(self, request: AnyRequest, reference: ImageReference) -> Response[bytes]:
        """The response to a request that gives an image other bytes."""
        principal, demanded = await self.caller(request.scope), Conditions(request.scope).on_change()
        image = await self.replace_image.check(principal, reference, demanded)  # before the body is read
        has_room = partial(self.replace_image.check_room, principal, image)
        async with self.uploads.receive(request, principal.user, has_room) as upload:
            replacing = self.replace_image(principal, reference, upload.file, upload.filename, demanded)
            with self.acting(request.scope, principal):
                image = await run_to_completion(replacing)
        self.metrics.uploaded("replaced", image.original.receipt)
        return self.stored(request.scope, image, 200)

    async def changed(self, request: AnyRequest, reference: ImageReference) -> Response[bytes]:
        """The response to a request that changes an image's details."""
        principal, demanded = await self.caller(request.scope), Conditions(request.scope).on_change()
        note_if_stated(request.scope, "name")  # the JSON may have one
        stated = json_body.read_object(await whole_body(request), DetailsObject)
        changing = self.change_details(principal, reference, stated.change, stated.new_name, demanded)
        with self.acting(request.scope, principal):
            return self.stored(request.scope, await run_to_completion(changing), 200)

    def page(self, scope: HTTPScope, page: Page[Image], asked: PageRequest) -> PageObject[msgspec.Raw]:
        address = self.addresses.of(scope)
        following, previous = page_links(scope, address, page, asked)
        return PageObject(
            count=page.count,
            next=following,
            previous=previous,
            results=self.descriptions.bodies(page, address, self.clock.now(), is_beginning=asked.is_beginning),
        )


@post(
    "/image",
    operation_class=STORE.operation,
    responses=STORE.responses,
    operation_id="store_image",
    summary="Store an image",
    status_code=201,
)
async def store(request: AnyRequest, endpoints: Injected[ImageEndpoints]) -> Response[bytes]:
    """Store an image: a form with the file, the file itself, or its URL. It is verified and compressed first."""
    principal = await endpoints.caller(request.scope)
    principal.require(Scope.WRITE)  # before the body is read
    key = submission_key(request.scope)
    # What may have been stored before has room, however little is left.
    check = partial(endpoints.store_image.check, principal) if endpoints.store_image.is_new(key) else None
    async with endpoints.uploads.receive(request, principal.user, check, may_be_url=True) as upload:
        storing = endpoints.store_image(principal, upload.file, upload.filename, key, upload.details)
        with endpoints.acting(request.scope, principal):
            stored = await run_to_completion(storing)
    if stored.is_duplicate:
        endpoints.metrics.uploaded("duplicate")
    else:
        endpoints.metrics.uploaded("stored", stored.image.original.receipt)
    return endpoints.stored(request.scope, stored.image, 200 if stored.is_duplicate else 201, is_located=True)


@route(
    "/image",
    http_method=READING,
    operation_class=LIST.operation,
    responses=LIST.responses,
    operation_id=named("list_images"),
    summary="List images",
)
async def browse(request: AnyRequest, endpoints: Injected[ImageEndpoints]) -> Response[None]:
    """The user's images, newest first by default. Follow ``next`` to see all of them."""
    principal = await endpoints.caller(request.scope)
    asked = page_request(request)
    page = await endpoints.list_images(principal, asked)
    return Sent(listed(request.scope, endpoints.page(request.scope, page, asked)))


@route(
    ONE_IMAGE,
    http_method=READING,
    operation_class=SHOW.operation,
    responses=SHOW.responses,
    operation_id=named("show_image"),
    summary="Describe an image, or download it",
)
async def show(request: AnyRequest, reference: FromPath[str], endpoints: Injected[ImageEndpoints]) -> Response[Any]:
    """By id: the description of the image. By name: the image itself."""
    raise_noted_failure(request.scope)
    return Sent(await endpoints.show(request.scope, request.receive, reference, None))


@route(
    ONE_VARIANT,
    http_method=READING,
    operation_class=SHOW_VARIANT.operation,
    responses=SHOW_VARIANT.responses,
    operation_id=named("show_variant"),
    summary="Download a variant",
)
async def show_variant(
    request: AnyRequest, reference: FromPath[str], variant: FromPath[str], endpoints: Injected[ImageEndpoints]
) -> Response[Any]:
    """A variant of the image; 404 until it is made."""
    raise_noted_failure(request.scope)
    return Sent(await endpoints.show(request.scope, request.receive, reference, variant))


@put(
    ONE_IMAGE,
    operation_class=REPLACE.operation,
    responses=REPLACE.responses,
    operation_id="put_image",
    summary="Replace an image",
    status_code=200,
)
async def replace(
    request: AnyRequest, reference: FromPath[str], endpoints: Injected[ImageEndpoints]
) -> Response[bytes]:
    """Replace the bytes of an image; its id stays. By id, the new file gives the name; by name, the format must stay."""
    return await endpoints.replaced(request, ImageReference.parse(reference))


@patch(
    ONE_IMAGE,
    operation_class=CHANGE.operation,
    responses=CHANGE.responses,
    operation_id="patch_image",
    summary="Replace an image, or change its details",
    status_code=200,
)
async def change(request: AnyRequest, reference: FromPath[str], endpoints: Injected[ImageEndpoints]) -> Response[bytes]:
    """With a file: replace the bytes of an image, as PUT does. With a JSON object: change its details."""
    if media_type_of(request) == json_body.MEDIA_TYPE:
        return await endpoints.changed(request, ImageReference.parse(reference))
    return await endpoints.replaced(request, ImageReference.parse(reference))


@delete(
    ONE_IMAGE,
    operation_class=DELETE.operation,
    responses=DELETE.responses,
    operation_id="delete_image",
    summary="Delete an image",
    status_code=204,
)
async def remove(request: AnyRequest, reference: FromPath[str], endpoints: Injected[ImageEndpoints]) -> None:
    """Delete an image. Links to it stop working."""
    principal = await endpoints.caller(request.scope)
    deleting = endpoints.delete_image(principal, ImageReference.parse(reference), Conditions(request.scope).on_change())
    with endpoints.acting(request.scope, principal):
        await run_to_completion(deleting)


HANDLERS = (store, browse, show, show_variant, replace, change, remove)


def _offer(path: str) -> HTTPRouteHandler:
    """A handler for OPTIONS, registered first: Litestar's own lists only the methods of the first handler."""
    offered = {method for handler in HANDLERS if path in handler.paths for method in handler.http_methods}
    allowed = ", ".join(sorted({*offered, HttpMethod.OPTIONS}))

    @route(path, http_method=HttpMethod.OPTIONS, include_in_schema=False, status_code=204)
    async def offer() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": allowed})

    return offer


ROUTES = (*(_offer(path) for path in ("/image", ONE_IMAGE, ONE_VARIANT)), *HANDLERS)


def _json(body: object, status: int, headers: dict[str, str]) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type="application/json")
