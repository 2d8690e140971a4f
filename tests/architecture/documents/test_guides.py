"""The commands and the manifest of the guides fit the program."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from architecture.test_start import members
from entrypoints.cli.main import calotype
from entrypoints.configuration.described import described

ROOT = Path(__file__).parents[3]
GUIDES = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("docs/how-to/*.md"), *ROOT.glob("examples/*.md")]
ENDS = {"|", "||", "&&", ";", ">", ">>", "<", "&", ")"}


def commands(guide: Path) -> Iterator[list[str]]:
    """The arguments of each ``calotype`` in a block of shell commands."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", guide.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            for called in re.findall(r"(?:^ *|\$\(|bin/|&& |-- |server-1 )calotype ([^#]+)", line):
                lexer = shlex.shlex(called.replace("'", "").replace('"', ""), posix=True, punctuation_chars=True)
                lexer.whitespace_split = True
                words = list(lexer)
                yield words[: next((place for place, word in enumerate(words) if word in ENDS), len(words))]


def wrong(arguments: list[str]) -> str | None:
    command: click.Command = calotype
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        found = dict(members(command)).get(arguments[0])
        if found is None:
            return f"no command {arguments[0]}"
        command, arguments = found, arguments[1:]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
    unknown = [each for each in arguments if re.match(r"--?[a-z]", each) and each.partition("=")[0] not in options]
    return f"{command.name} has no {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("guide", GUIDES, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_command_and_option_exists(guide: Path) -> None:
    assert [(each, problem) for each in commands(guide) if (problem := wrong(each))] == []


def test_commands_are_found_at_all() -> None:
    found = [each for guide in GUIDES for each in commands(guide)]
    assert ["images", "erase", "17", "18"] in found
    assert len(found) > 50
    assert wrong(["images", "lisst"])
    assert wrong(["images", "list", "--limmit", "3"])


@pytest.fixture(scope="module")
def manifest() -> dict[tuple[str, str], Any]:
    """The objects of the manifest for Kubernetes, by kind and name. Its schema was checked by hand: the guide says so."""
    objects = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text())
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def test_the_manifest_sets_what_is_a_setting(manifest: dict[tuple[str, str], Any]) -> None:
    set_there = {
        *manifest["ConfigMap", "calotype-settings"]["data"],
        *manifest["Secret", "calotype-secrets"]["stringData"],
    }
    known = {f"CALOTYPE_{each.name.upper().replace('.', '__')}" for each in described()}
    assert len(set_there) > 10
    assert set_there <= known


def test_the_manifest_opens_every_route_but_the_figures(manifest: dict[tuple[str, str], Any]) -> None:
    routes = re.findall(r"^\| `[A-Z]+ (/[a-z]*)", (ROOT / "docs" / "reference.md").read_text(), re.MULTILINE)
    (rule,) = manifest["Ingress", "calotype"]["spec"]["rules"]
    opened = {each["path"]: each["pathType"] for each in rule["http"]["paths"]}
    assert opened == {route: "Exact" if route == "/" else "Prefix" for route in routes if route != "/metrics"}
