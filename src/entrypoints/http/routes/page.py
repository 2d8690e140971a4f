"""The web page for people, and the files that it is made of.

The files are built from the folder ``page`` of the checkout and committed: see decision 44.
"""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import HTTPScope

from entrypoints.http.injection import Injected
from entrypoints.http.protocol.answers import CompleteBody, Headers, Sent, Start
from entrypoints.http.protocol.caching import A_YEAR
from entrypoints.http.protocol.conditions import Conditions
from entrypoints.http.protocol.etags import body_tag
from entrypoints.http.protocol.headers import accepts_by_name, header
from entrypoints.http.protocol.problems import AnyRequest
from entrypoints.http.routes.openapi.documented import READING

BUILT = Path(__file__).parents[1] / "page"
START = "index.html"
MEDIA_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
}
UNCHANGING: Headers = [(b"cache-control", b"public, max-age=%d, immutable" % int(A_YEAR.total_seconds()))]
REVALIDATED: Headers = [(b"cache-control", b"no-cache"), (b"referrer-policy", b"no-referrer")]


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page, as it is and compressed."""

    media_type: bytes
    body: bytes
    compressed: bytes

    @classmethod
    def read(cls, path: Path) -> "PageFile":
        body = path.read_bytes()
        return cls(MEDIA_TYPES[path.suffix], body, gzip.compress(body, mtime=0))

    def answer(self, scope: HTTPScope, headers: Headers) -> Response[None]:
        is_compressed = "gzip" in (header(scope, b"accept-encoding") or "")
        body = self.compressed if is_compressed else self.body
        tag = body_tag(body)
        headers = [*headers, (b"etag", tag.encode()), (b"x-content-type-options", b"nosniff")]
        if Conditions(scope).is_held(tag, None):
            return Sent(Start(304, headers))
        headers += [(b"content-type", self.media_type), (b"content-length", b"%d" % len(body))]
        if is_compressed:
            headers.append((b"content-encoding", b"gzip"))
        return Sent(CompleteBody(Start(200, headers), body))


class Page:
    """The page. It loads nothing from elsewhere but images, from ``origins``: those to which links in image objects lead."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._files: Mapping[str, PageFile] = {path.name: PageFile.read(path) for path in sorted(BUILT.iterdir())}
        images = " ".join(["'self'", "blob:", *sorted(set(origins))])
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self';"
            " form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )
        self._policy = (b"content-security-policy", policy.encode())

    def is_wanted(self, scope: HTTPScope) -> bool:
        """Whether a browser asks. Other clients seldom name HTML in Accept."""
        return accepts_by_name(scope, "text/html")

    def start(self, scope: HTTPScope) -> Response[None]:
        varying = (b"vary", b"Accept, Accept-Encoding")
        return self._files[START].answer(scope, [*REVALIDATED, varying, self._policy])

    def file(self, scope: HTTPScope, name: str) -> Response[None]:
        """Raises ``NotFoundException`` if the page has no such file."""
        if name == START or name not in self._files:
            raise NotFoundException
        return self._files[name].answer(scope, [*UNCHANGING, (b"vary", b"Accept-Encoding")])


def origin_of(url: str) -> str:
    """Scheme and authority of a URL; empty for a path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


@route("/page/{name:str}", http_method=READING, include_in_schema=False)
async def show_page_file(request: AnyRequest, name: FromPath[str], page: Injected[Page | None]) -> Response[None]:
    """A file of the page. Its name changes with its bytes."""
    if page is None:
        raise NotFoundException
    return page.file(request.scope, name)
