"""Errors that a service reports, as the errors that use cases raise here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import httpx
import msgspec

from domain.errors import CalotypeError
from entrypoints.cli.errors import RefusedByServer, ServerFailed, TokenRefused


def error_in(answer: httpx.Response) -> CalotypeError:
    """The error of a response: that of the domain with the same code, if the response holds its data."""
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return TokenRefused()
    problem = _problem_in(answer)
    known = next((each for each in _subclasses(CalotypeError) if vars(each).get("code") == problem.get("code")), None)
    if known is not None and problem:
        names = [each.name for each in fields(known)]  # type: ignore[arg-type]  # every error is a dataclass
        if all(name in problem for name in names):
            return known(*(_value(problem[name]) for name in names))
    if answer.is_client_error:
        return RefusedByServer(str(problem.get("detail", f"The server answers {answer.status_code}.")))
    return ServerFailed(answer.status_code)


def _problem_in(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _subclasses(root: type[CalotypeError]) -> Iterator[type[CalotypeError]]:
    for each in root.__subclasses__():
        yield each
        yield from _subclasses(each)


def _value(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
