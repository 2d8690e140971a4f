"""Which requests are answered with problem details, and what these say."""

from dataclasses import fields
from typing import Any, cast

import msgspec
import pytest
from litestar.types import HTTPScope

from architecture.test_errors import of_package, sample
from domain.errors import CalotypeError
from entrypoints.http.protocol import problem_details

MEMBERS = {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize(
    ("wanted", "accept"),
    [
        (False, []),
        (False, [""]),
        (False, ["*/*"]),
        (False, ["application/json"]),
        (False, ["application/*"]),
        (False, ["application/problem+xml"]),
        (True, ["application/problem+json"]),
        (True, ["Application/Problem+JSON ; Q=0.1"]),
        (True, ["application/json, application/problem+json"]),
        (True, ["application/problem+json", "application/json"]),
        (True, ["application/json;q=0.9", "application/problem+json"]),
        (True, ["application/problem+json;q=0.5, application/json;q=0.4, */*"]),
        (True, ["application/problem+json, */*;q=0.1"]),
        (False, ["application/json, application/problem+json;q=0.9"]),
        (False, ["application/problem+json;q=0.5, application/*"]),
        (False, ["application/problem+json;q=0"]),
        (False, ["application/problem+json;q=0.000, */*;q=0"]),
        (False, ["application/problem+json;q=nan"]),
        (False, ["application/problem+json;q=2, text/html"]),
    ],
)
def test_problem_details_are_for_clients_that_name_and_prefer_them(wanted: bool, accept: list[str]) -> None:
    headers = [(b"accept", each.encode()) for each in accept]
    assert problem_details.is_wanted(cast("HTTPScope", {"headers": headers})) is wanted


@pytest.mark.parametrize("error", of_package("domain", "entrypoints.http"), ids=lambda error: error.__name__)
def test_the_data_of_an_error_replaces_no_member_and_tells_no_path_or_reason(error: type[CalotypeError]) -> None:
    made = sample(error)
    problem = problem_details.of_error(made, 400, "What happened.", "https://images.example.org")
    data: dict[str, Any] = {each.name: getattr(made, each.name) for each in fields(error)}  # type: ignore[arg-type]  # every error is a dataclass
    shown = {name: value for name, value in data.items() if name not in ("reason", "file", "folder")}
    assert problem.keys() == MEMBERS | shown.keys()
    assert {name: problem[name] for name in shown} == shown
    assert not MEMBERS & data.keys()
    msgspec.json.encode(problem)
