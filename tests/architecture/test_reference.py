"""The reference lists every setting, route, metric, command, exit status and error code, and no others."""

import re
from pathlib import Path

import click
import pytest
from litestar.routes import HTTPRoute

from architecture.test_errors import concrete_errors
from architecture.test_start import members
from entrypoints.cli import errors as cli_errors
from entrypoints.cli import exits
from entrypoints.cli.main import calotype
from entrypoints.configuration.described import described
from entrypoints.container import make_application
from entrypoints.http.app import build_routes, image_endpoints, public_endpoints
from entrypoints.http.metrics.figures import Metrics
from entrypoints.http.protocol import errors as http_errors
from entrypoints.http.protocol import problems
from entrypoints.running import Startup
from entrypoints.settings import Auth, Settings

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, f"the reference has no section '{title}'"
    return found.group(1)


def first_cells(title: str) -> set[str]:
    """The texts in code type in the first column of the section's tables."""
    return set(re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE))


def shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple) and default:
        return ",".join(default)
    return "empty" if default in ("", ()) else str(default)


def test_every_setting_is_listed_with_its_default() -> None:
    assert first_cells("Settings") == {each.name for each in described()}
    for each in described():
        assert f"| `{each.name}` | {shown(each.default)} | {each.about} |" in section("Settings")


def test_every_error_code_is_listed_with_its_status() -> None:
    assert first_cells("Error codes") == {error.code for error in concrete_errors()}
    for error in concrete_errors():
        by_http = "-" if error.__module__ == cli_errors.__name__ else problems.answer_of(error).status
        by_command = "-" if error.__module__ == http_errors.__name__ else exits.exit_of(error).status
        row = f"| `{error.code}` | {by_http} | {by_command} |"
        assert row in section("Error codes"), row


def commands(group: click.Command, prefix: str = "calotype") -> set[str]:
    if not isinstance(group, click.Group):
        return {prefix}
    return {name for each, command in members(group) for name in commands(command, f"{prefix} {each}")}


def test_every_command_is_listed() -> None:
    listed = {re.split(r" [A-Z\[<-]", row)[0] for row in first_cells("Commands")}
    assert listed == commands(calotype)


def test_every_route_is_listed() -> None:
    app = make_application(Settings(auth=Auth(secrets=("s" * 32,))))
    metrics = Metrics()
    endpoints = image_endpoints(app, metrics)
    public = public_endpoints(app, endpoints.delivery)
    routes = build_routes(app, endpoints, public, Startup(app, upgrade=False), metrics)
    served = {
        f"{method} {re.sub(':str', '', route.path)}"
        for route in routes.routes
        if isinstance(route, HTTPRoute) and route.path not in ("/schema", "/schema/{path:str}")  # Litestar's own
        for method in route.methods
        if method not in ("OPTIONS", "HEAD")
    }
    listed = {re.sub(r"(?<=[\w}])/$", "", re.sub(r"\?.*", "", row)) for row in first_cells("Routes")}
    assert listed == served


def test_every_metric_is_listed_with_its_labels() -> None:
    described = Metrics().described
    assert first_cells("Metrics") == {each.name for each in described}
    for each in described:
        labels = ", ".join(f"`{label}`" for label in each.labels) or "-"
        assert f"| `{each.name}` | {each.kind} | {labels} | {each.about} |" in section("Metrics")


@pytest.mark.parametrize(
    "status", [exits.DONE, exits.USAGE, exits.BUG, exits.INTERRUPTED, *{each.status for each in exits.EXITS.values()}]
)
def test_every_exit_status_is_listed(status: int) -> None:
    assert f"| {status} |" in section("Exit statuses")
