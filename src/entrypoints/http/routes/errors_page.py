"""The page of all errors. The ``type`` of a problem leads to the error's place in it."""

from collections.abc import Iterator
from html import escape
from string import Formatter

from litestar import MediaType, Response, get

from domain import errors as domain
from domain.errors import CalotypeError
from entrypoints.http.protocol import errors as http
from entrypoints.http.protocol.caching import PUBLIC
from entrypoints.http.protocol.problem_details import ERRORS_PAGE
from entrypoints.http.protocol.problems import answer_of
from entrypoints.http.routes.docs_page import SECURITY, document

INTRODUCTION = """<p>The code of an error is in the header <code>Calotype-Error</code>. With <code>Accept: application/problem+json</code>,
errors are answered as problem details (RFC 9457), whose <code>type</code> leads to this page.</p>"""


@get(ERRORS_PAGE, include_in_schema=False, media_type=MediaType.HTML, cache_control=PUBLIC)
async def show_errors() -> Response[str]:
    """The page of all errors."""
    rows = "".join(_row(error) for error in sorted(_errors(), key=lambda error: error.code))
    table = f"<table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>{rows}</table>"
    return Response(document("Errors", f"{INTRODUCTION}{table}"), headers=SECURITY)


def _errors() -> Iterator[type[CalotypeError]]:
    for each in (*vars(domain).values(), *vars(http).values()):
        if isinstance(each, type) and issubclass(each, CalotypeError) and "code" in vars(each):
            yield each


def _row(error: type[CalotypeError]) -> str:
    row = answer_of(error)
    meaning = f"{_shown(error.message)} {_shown(row.hint)}".rstrip()
    return f'<tr id="{error.code}"><td><code>{error.code}</code></td><td>{row.status}</td><td>{meaning}</td></tr>'


def _shown(template: str) -> str:
    """``template`` with the names of fields instead of their values."""
    return "".join(
        escape(text) + (f"<var>{escape(name)}</var>" if name else "")
        for text, name, _, _ in Formatter().parse(template)
    )
