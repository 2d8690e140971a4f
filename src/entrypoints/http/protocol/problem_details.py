"""Errors as ``application/problem+json`` (RFC 9457), for clients that ask for it."""

from dataclasses import fields
from http import HTTPStatus

from litestar.types import HTTPScope

from domain.errors import CalotypeError
from entrypoints.http.protocol.headers import media_ranges

MEDIA_TYPE = "application/problem+json"
INSTEAD = ("application/json", "application/*", "*/*")  # what other error bodies are, the most specific first

ERRORS_PAGE = "/docs/errors/"
"""The path of the page that explains each error under its code."""


def is_wanted(scope: HTTPScope) -> bool:
    """Whether ``Accept`` names this media type, and prefers no ordinary JSON to it."""
    qualities = media_ranges(scope)
    wanted = qualities.get(MEDIA_TYPE, 0)
    return 0 < wanted >= next((qualities[each] for each in INSTEAD if each in qualities), 0)


def of_error(error: CalotypeError, status: int, detail: str, address: str) -> dict[str, object]:
    """The problem of an error with a code, with the error's data; the service is at ``address``."""
    return {
        **{each.name: getattr(error, each.name) for each in fields(error) if each.repr and each.name != "reason"},  # type: ignore[arg-type]  # every error is a dataclass
        "type": f"{address}{ERRORS_PAGE}#{error.code}",
        "title": error.code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": error.code,
    }


def of_status(status: int, detail: str) -> dict[str, object]:
    """A problem about which the status tells everything."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
