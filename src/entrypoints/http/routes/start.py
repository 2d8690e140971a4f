"""The root of the service: where to go from there."""

from litestar import Response, get

from entrypoints.http.injection import Injected
from entrypoints.http.protocol.problems import AnyRequest, json_answer
from entrypoints.http.routes.images import ImageEndpoints


@get("/", include_in_schema=False)
async def show_start(request: AnyRequest, endpoints: Injected[ImageEndpoints]) -> Response[bytes]:
    """What this service is, and the addresses of its documentation and of the images."""
    address = endpoints.addresses.of(request.scope)
    return json_answer({"service": "Calotype", "documentation": f"{address}/docs/", "images": f"{address}/image/"})
