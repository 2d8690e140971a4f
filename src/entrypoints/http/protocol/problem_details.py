"""Errors as ``application/problem+json`` (RFC 9457), for clients that ask for it."""

import re
from dataclasses import fields
from http import HTTPStatus

from litestar.types import HTTPScope

from domain.errors import CalotypeError

MEDIA_TYPE = "application/problem+json"
INSTEAD = ("application/json", "application/*", "*/*")  # what other error bodies are, the most specific first
QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")

ERRORS_PAGE = "/docs/errors/"
"""The path of the page that explains each error under its code."""


def is_wanted(scope: HTTPScope) -> bool:
    """Whether ``Accept`` names this media type, and prefers no ordinary JSON to it."""
    stated = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]
    qualities = _qualities(",".join(stated))
    wanted = qualities.get(MEDIA_TYPE, 0)
    return 0 < wanted >= next((qualities[each] for each in INSTEAD if each in qualities), 0)


def _qualities(accept: str) -> dict[str, float]:
    """The quality of each media range; one that is malformed is left out."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        quality = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
        if QUALITY.fullmatch(quality):
            found[name] = max(float(quality), found.get(name, 0))
    return found


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
