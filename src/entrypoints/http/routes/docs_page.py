"""The documentation page, generated from the OpenAPI document, without scripts or external files.

The installable packages of Swagger UI and ReDoc are either years old or depend on another web framework.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any

from litestar import Litestar, MediaType, Response, get

from entrypoints.http.protocol.caching import PUBLIC
from entrypoints.http.protocol.problems import AnyRequest

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-weight: 600 } code { background: #f2f2ef; padding: .1em .3em; border-radius: 3px }
details { border: 1px solid #ddd; border-radius: 6px; margin: .6rem 0; padding: .5rem .9rem } summary { cursor: pointer }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; color: #7a4b12 }
table { border-collapse: collapse; margin: .5rem 0 } td, th { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top }
"""

STYLE_DIGEST = f"sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}"
SECURITY = {"Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_DIGEST}'"}
"""Headers of pages made by ``document``."""

INTRODUCTION = """<p>Send <code>Authorization: Token &lt;key&gt;</code> with every request that needs a token. An administrator issues keys with
<code>calotype keys issue</code>; users with a password request one by <code>POST /api/token/</code>. Every path works with and without
its trailing slash, except for those under <code>/p/</code>; <code>HEAD</code> works wherever <code>GET</code> does
under <code>/image/</code>, <code>/p/</code> and <code>/health/</code>. Query parameters and form fields that do nothing are named in the
header <code>Calotype-Ignored</code>. For programs there is
<a href="{root}schema/openapi.json">the OpenAPI document</a>. <a href="{root}docs/errors/">Errors</a> have a page of their own.</p>"""


@get("/docs", include_in_schema=False, media_type=MediaType.HTML, cache_control=PUBLIC)
async def show_docs(request: AnyRequest) -> Response[str]:
    """The page, which is generated once."""
    # Relative, because the service may be below a path that only the proxy in front knows.
    root = "../" if request.scope["raw_path"].endswith(b"/") else ""
    return Response(_page_of(request.app, root), headers=SECURITY)


@lru_cache(maxsize=2)
def _page_of(app: Litestar, root: str) -> str:
    schema = app.openapi_schema.to_schema()
    title = f"{schema['info']['title']} {schema['info']['version']}"
    return document(title, f"{INTRODUCTION.format(root=root)}{''.join(_operations(schema))}")


def document(title: str, content: str) -> str:
    """An HTML document; ``content`` is HTML, ``title`` is text."""
    title = escape(title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style><h1>{title}</h1>{content}</html>'
    )


def _operations(schema: dict[str, Any]) -> Iterator[str]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method == "head":  # described with GET
                continue
            yield (
                f'<details><summary><span class="method">{escape(method.upper())}</span> <code>{escape(path)}</code> '
                f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
                f"{_table('Parameters', _parameters(operation))}{_table('Body', _body(operation))}"
                f"{_table('Responses', _answers(operation))}</details>"
            )


def _parameters(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for each in operation.get("parameters", ()):
        yield each["name"], f"{each['in']}; {each.get('description', '')}"


def _body(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield media_type, ", ".join(content["schema"].get("properties", ()))


def _answers(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for status, answer in operation.get("responses", {}).items():
        yield status, answer.get("description", "")


def _table(title: str, rows: Iterator[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td><code>{escape(name)}</code></td><td>{_marked(about)}</td></tr>" for name, about in rows)
    return f"<table><tr><th colspan=2>{title}</th></tr>{cells}</table>" if cells else ""


def _marked(text: str) -> str:
    """``text`` as HTML, where what is between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
