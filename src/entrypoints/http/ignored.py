"""Naming what a request states in vain: query parameters and form fields that do nothing.

They are passed over, as in the systems that Calotype replaces. But who writes ``?seach=`` should find out.
"""

import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, TypeAlias, cast
from urllib.parse import quote, unquote_to_bytes

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.protocol.problems import WITH_BODY
from entrypoints.http.protocol.queries import first_values

HEADER: Final = "Calotype-Ignored"
MOST: Final = 16  # names in one response
LONGEST: Final = 64  # characters of one name, as it is sent
FURTHER: Final = "..."  # stands for all further names
LOOKED_AT: Final = 64  # parameters of one query
NOTED: Final = "calotype.ignored"

Parameters: TypeAlias = Mapping[str, frozenset[str]]
"""The names of the query parameters that an operation knows, by its method."""


def note_ignored(scope: Scope, name: str) -> None:
    """Remember that the request states ``name``, a query parameter or a form field, and that this does nothing."""
    if name:
        noted = cast("dict[str, dict[str, None]]", scope).setdefault(NOTED, {})
        if len(noted) <= MOST:
            noted[_shown(name)] = None


def note_if_stated(scope: HTTPScope, name: str) -> None:
    """Remember it of a query parameter that the operation knows, but that does nothing in this request."""
    if scope["query_string"] and name in first_values(scope):
        note_ignored(scope, name)


class NamesIgnored:
    """An ASGI middleware that tells clients in a header what was ignored of their requests.

    ``routes``: each with its path, in which a part in braces stands for any, and what its operations know.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[tuple[str, Parameters]]) -> None:
        self._app = app
        self._paths = re.compile("|".join(f"({_pattern(path)})" for path, _ in routes))
        self._known = [{method: _encoded(names) for method, names in known.items()} for _, known in routes]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Not a coroutine itself, nor is what it passes on: each would cost as much as all the rest here."""
        if scope["type"] != ScopeType.HTTP or not (scope["query_string"] or scope["method"] in WITH_BODY):
            return self._app(scope, receive, send)
        matched = self._paths.fullmatch(scope["path"])
        known = self._known[matched.lastindex - 1].get(scope["method"]) if matched and matched.lastindex else None
        if known is None:
            return self._app(scope, receive, send)
        if query := scope["query_string"]:
            for name in _unknown(query, known):
                note_ignored(scope, name)

        def naming(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and NOTED in scope:
                # A new list, because cached responses are sent again with the list that they have.
                message["headers"] = [*message["headers"], (HEADER.lower().encode(), _noted(scope))]
            return send(message)

        return self._app(scope, receive, naming)


def _pattern(path: str) -> str:
    """As Litestar matches paths: several slashes are as good as one."""
    parts = [part for part in path.split("/") if part]
    return "/+" + "/+".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts) + "/*"


def _encoded(names: frozenset[str]) -> frozenset[bytes]:
    return frozenset(each.encode() for each in names)


def _unknown(query: bytes, known: frozenset[bytes]) -> Sequence[str]:
    """Names that are not known, and those that are stated again: of each, only the first value counts."""
    stated = [part.partition(b"=")[0] for part in query.split(b"&", LOOKED_AT)[:LOOKED_AT]]
    if known.issuperset(stated) and len(set(stated)) == len(stated):  # as nearly always
        return ()
    found: list[str] = []
    seen: set[bytes] = set()
    for each in stated:
        name = unquote_to_bytes(each.replace(b"+", b" "))
        if name not in known or name in seen:
            found.append(name.decode(errors="replace"))
        seen.add(name)
    return found


def _shown(name: str) -> str:
    """``name`` in characters that are safe in a header: percent-encoded, and cut."""
    encoded = quote(name[:LONGEST], safe="[]", errors="replace")
    return re.sub(r"%.?$", "", encoded[:LONGEST])


def _noted(scope: Scope) -> bytes:
    names = list(cast("dict[str, dict[str, None]]", scope)[NOTED])
    return ", ".join([*names[:MOST], *([FURTHER] if len(names) > MOST else [])]).encode()
