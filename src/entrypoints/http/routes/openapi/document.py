"""The route of the OpenAPI document."""

from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

ABOVE = ".."
"""The service, seen from its document. It may be below a path that only the proxy in front knows."""


class DocumentPlugin(JsonRenderPlugin):
    """Sends the document. Under an address with a trailing slash, the service is one folder further up.

    The document is written once: anyone may ask for it, and writing it takes longer than all the rest of a request.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path=path)
        self._written: dict[bool, bytes] = {}

    # Litestar types the request's user, auth and state, and the document, as Any; none of the former is used here.
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        is_further_down = request.scope["raw_path"].endswith(b"/")
        written = self._written.get(is_further_down)
        if written is None:
            servers = openapi_schema["servers"]
            if is_further_down:
                servers = [{**each, "url": f"{ABOVE}/.."} if each["url"] == ABOVE else each for each in servers]
            written = self.render_json(request, {**openapi_schema, "servers": servers})
            self._written[is_further_down] = written
        return written
