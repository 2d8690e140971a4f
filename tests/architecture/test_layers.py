"""The layers in the document of the architecture are those that import-linter checks, and no others."""

import configparser
import re
import tomllib
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
Layers: TypeAlias = list[set[str]]


def layers(lines: list[str]) -> Layers:
    return [set(line.split(" | ")) for line in lines]


def checked() -> dict[str, Layers]:
    """The layers of each package, which the document names by its folder; ``src`` holds those that are in no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = [each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    found = {
        container.replace(".", "/"): layers(contract["layers"])
        for contract in contracts
        for container in contract.get("containers", ["src"])
    }
    bench = configparser.ConfigParser()
    bench.read(ROOT / "bench" / ".importlinter")
    (contract,) = (bench[name] for name in bench.sections() if name.startswith("importlinter:contract:"))
    return {**found, contract["containers"]: layers(contract["layers"].split("\n")[1:])}


def documented() -> dict[str, Layers]:
    text = (ROOT / "docs" / "architecture.md").read_text()
    block = re.search(r"^## Packages$.*?```\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    assert block, "the document has no list of layers"
    rows = [line.split(maxsplit=1) for line in block.group(1).splitlines() if line]
    return {package: layers(re.split(r"\s+▶\s+", chain)) for package, chain in rows}


def test_the_document_has_the_layers_that_are_checked() -> None:
    assert documented() == checked()
