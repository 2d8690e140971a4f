"""Minimal applications that answer a constant: on plain ASGI, and on Litestar."""

from typing import Any

from litestar import Litestar, get

BODY = b'{"status":"ok"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


@get("/")
async def constant() -> dict[str, str]:
    return {"status": "ok"}


litestar = Litestar([constant], openapi_config=None, logging_config=None)
