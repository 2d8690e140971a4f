"""The root of the service: the page for people, and for programs where to go from there."""

from typing import Any

from litestar import Response, route

from entrypoints.http.injection import Injected
from entrypoints.http.protocol.problems import AnyRequest, json_answer
from entrypoints.http.routes.images import ImageEndpoints
from entrypoints.http.routes.openapi.documented import READING
from entrypoints.http.routes.page import Page


@route("/", http_method=READING, include_in_schema=False)
async def show_start(
    request: AnyRequest, endpoints: Injected[ImageEndpoints], page: Injected[Page | None]
) -> Response[Any]:
    """What this service is, and the addresses of its documentation and of the images; for browsers, the page."""
    if page is not None and page.is_wanted(request.scope):
        return page.start(request.scope)
    address = endpoints.addresses.of(request.scope)
    places = {"service": "Calotype", "documentation": f"{address}/docs/", "images": f"{address}/image/"}
    return json_answer(places, headers={} if page is None else {"Vary": "Accept"})
