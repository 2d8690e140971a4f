"""Each group of commands and each module of routes names the files of the use cases that it drives."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from entrypoints.assembly.application import Application

ENTRYPOINTS = Path(__file__).parents[2] / "src" / "entrypoints"
DRIVERS = [*ENTRYPOINTS.glob("cli/commands/**/*.py"), *ENTRYPOINTS.glob("http/routes/*.py")]
PACKAGE = "domain.use_cases."
GROUPS = [
    import_module(f"entrypoints.assembly.use_cases.{path.stem}")
    for path in ENTRYPOINTS.glob("assembly/use_cases/[a-z]*.py")
]
# The application imports its groups when they are asked for, so that its annotations are not resolved by its module.
NAMES = {name: each for group in GROUPS for name, each in vars(group).items() if isinstance(each, type)}


def parts_of(container: type) -> dict[str, type]:
    """The cached properties of a class, and what each returns."""
    found = {name: each for name, each in vars(container).items() if isinstance(each, cached_property)}
    return {name: get_type_hints(each.func, localns=NAMES)["return"] for name, each in found.items()}


USE_CASES = {
    (group, name): made.__module__.removeprefix(PACKAGE)
    for group, container in parts_of(Application).items()
    if isinstance(container, type)
    for name, made in parts_of(container).items()
    if made.__module__.startswith(PACKAGE)
}
"""The file of each use case, by its place in the application."""


def driven(tree: ast.Module) -> Iterator[str]:
    """The files whose use cases a module takes from the application, e.g. ``app.images.store_image``, or imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Attribute(attr=group), attr=name) if (group, name) in USE_CASES:
                yield USE_CASES[group, name]
            case ast.ImportFrom(module=str(module)) if module.startswith(PACKAGE):
                yield module.removeprefix(PACKAGE)


@pytest.mark.parametrize("path", DRIVERS, ids=[str(path.relative_to(ENTRYPOINTS)) for path in DRIVERS])
def test_a_driver_names_the_use_cases_that_it_drives(path: Path) -> None:
    tree = ast.parse(path.read_text())
    files = sorted({each.replace(".", "/") for each in driven(tree)})
    named = re.findall(r"^Use cases: (.*?)\.$", ast.get_docstring(tree) or "", re.MULTILINE | re.DOTALL)
    right = f"Use cases: {', '.join(files)}." if files else "no line 'Use cases: ...'"
    assert [re.split(r",\s+", each) for each in named] == ([files] if files else []), (
        f"the docstring must have: {right}"
    )


def test_the_use_cases_of_the_application_are_found() -> None:
    assert USE_CASES["images", "store_image"] == "images.store_image"
    assert len(USE_CASES) > 20
