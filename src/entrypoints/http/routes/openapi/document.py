"""The route of the OpenAPI document."""

from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

ABOVE = ".."
"""The service, seen from its document. It may be below a path that only the proxy in front knows."""


class DocumentPlugin(JsonRenderPlugin):
    """Sends the document. Under an address with a trailing slash, the service is one folder further up."""

    # Litestar types the request's user, auth and state, and the document, as Any; none of the former is used here.
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        servers = openapi_schema["servers"]
        if request.scope["raw_path"].endswith(b"/"):
            servers = [{**each, "url": f"{ABOVE}/.."} if each["url"] == ABOVE else each for each in servers]
        return self.render_json(request, {**openapi_schema, "servers": servers})
