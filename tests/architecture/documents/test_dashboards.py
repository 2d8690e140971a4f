"""What operators install for Prometheus and Grafana names only figures and labels that there are."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrypoints.http.metrics.figures import Figure, Metrics
from kit.servers import programs

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "calotype.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
ADDED = {"instance", "job", "le"}  # by Prometheus, and of histograms
PANELS = json.loads(DASHBOARD.read_text())["panels"]


def series() -> dict[str, Figure]:
    """The figures by the names of their series."""
    found: dict[str, Figure] = {}
    for each in Metrics().described:
        endings = ("_bucket", "_sum", "_count") if each.kind == "histogram" else ("",)
        found |= {f"{each.name}{ending}": each for ending in endings}
    return found


def expressions() -> Iterator[str]:
    for panel in PANELS:
        for target in panel.get("targets", ()):
            yield target["expr"]
    for rule in re.split(r"- alert: ", ALERTS.read_text())[1:]:
        found = re.search(r"expr: (?:\|\n)?(.*?)\n        (?:for|labels):", rule, re.DOTALL)
        assert found, rule
        yield found[1]


def test_every_expression_names_figures_and_labels_that_there_are() -> None:
    known = series()
    asked = list(expressions())
    assert len(asked) > 40
    for expression in asked:
        named = re.findall(r"\bcalotype_\w+", expression)
        assert named or "up{" in expression
        assert set(named) <= set(known), expression
        labels = {label for name in named for label in known[name].labels} | ADDED
        matched = re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', expression)
        grouped = [
            name for group in re.findall(r"(?:by|without) \(([^)]*)\)", expression) for name in re.split(r",\s*", group)
        ]
        assert {*matched, *grouped} <= labels, expression


def test_the_dashboard_shows_every_figure() -> None:
    shown = " ".join(expressions())
    assert [each.name for each in Metrics().described if each.name not in shown] == []


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place: dict[str, Any] = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


@pytest.mark.parametrize("check", [["rules", "alerts.yml"], ["config", "prometheus.yml"]])
def test_prometheus_accepts_the_rules_and_the_configuration(check: list[str]) -> None:
    asked = [str(programs.promtool()), "check", *check]
    ended = subprocess.run(asked, cwd=ALERTS.parent, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
