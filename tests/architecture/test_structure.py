"""Rules for the structure of the code that linters cannot check."""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Protocol, is_typeddict

import grimp
import pytest

import domain.ports

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"
STANDARD_LIBRARY = {
    "abc", "collections", "contextlib", "dataclasses", "datetime", "enum", "hashlib", "json", "math", "re", "typing", "unicodedata",
}  # fmt: skip


def test_the_domain_imports_only_a_few_modules_of_the_standard_library() -> None:
    graph = grimp.build_graph("domain", include_external_packages=True, cache_dir=None)
    foreign = {
        f"{module} -> {imported}"
        for module in graph.modules
        if module.split(".")[0] == "domain"
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.split(".")[0] not in STANDARD_LIBRARY | {"domain"}
    }
    assert foreign == set()


def test_the_shared_code_of_adapters_imports_only_the_standard_library() -> None:
    graph = grimp.build_graph("adapters", include_external_packages=True, cache_dir=None)
    foreign = {
        f"{module} -> {imported}"
        for module in graph.modules
        if module.startswith("adapters.shared")
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.split(".")[0] not in sys.stdlib_module_names and not imported.startswith("adapters.shared")
    }
    assert foreign == set()


@pytest.mark.parametrize("package", ["domain", "adapters", "entrypoints"])
def test_the_three_packages_are_installed_from_src(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin == str(SOURCES / package / "__init__.py")


def ports() -> list[type]:
    found = []
    for info in pkgutil.walk_packages(domain.ports.__path__, "domain.ports."):
        module = importlib.import_module(info.name)
        found += [
            each
            for _, each in inspect.getmembers(module, inspect.isclass)
            if each.__module__ == module.__name__ and Protocol in each.__bases__ and not is_typeddict(each)
        ]
    return found


def test_every_port_states_its_obligations() -> None:
    assert len(ports()) > 15
    for port in ports():
        text = (port.__doc__ or "") + "".join(
            inspect.getdoc(member) or "" for _, member in inspect.getmembers(port, inspect.isfunction)
        )
        assert len(text) > 50, f"{port.__name__} says too little"


def test_every_adapter_of_a_port_is_named_in_the_contract_tests() -> None:
    contracts = "".join(
        path.read_text() for path in [*ROOT.glob("tests/contract/*.py"), *ROOT.glob("tests/kit/**/*.py")]
    )
    names = {port.__name__ for port in ports()}
    reached_through = {
        "UnitOfWork",
        "ImageRepository",
        "JobSource",
        "JobRepository",
        "VariantJobs",
        "UserRepository",
        "AccessKeyRepository",
        "BlobLedger",
        "StoreBinding",
        "SubmissionRepository",
        "WebhookRepository",
        "LogInMarks",
        "Maintenance",
        "SecretRecord",
        "UsageRepository",
        "AuditTable",
        "StagedWriter",
        "CopySession",
    }
    behaviour = "".join(path.read_text() for path in ROOT.glob("tests/behaviour/**/*.py"))
    missing = [
        f"{path.relative_to(SOURCES)}: {node.name}"
        for path in (SOURCES / "adapters").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for bases in [{base.id for base in node.bases if isinstance(base, ast.Name)}]
        for based_on in [bases & names if "Protocol" not in bases else set()]
        if based_on and not based_on & reached_through and node.name not in contracts + behaviour
    ]
    assert missing == []


def test_the_drivers_never_name_a_unit_of_work() -> None:
    for folder in ("http", "cli"):
        for path in (SOURCES / "entrypoints" / folder).rglob("*.py"):
            assert not re.search(r"\b(UnitOfWork|UnitsOfWork|\.units\b)", path.read_text()), path


def test_files_hold_one_idea_and_are_named_for_it() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "service", "core"}
    for path in [*SOURCES.rglob("*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py")]:
        assert vague.isdisjoint({path.stem, path.parent.name}), path
        lines = path.read_text().count("\n")
        assert lines <= 300, f"{path} has {lines} lines"


def test_no_folder_holds_more_than_about_a_dozen_modules() -> None:
    may_grow = {SOURCES / "adapters" / "sql" / "migrations" / "versions", ROOT / "tests" / "contract"}
    modules = [*SOURCES.rglob("*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py")]
    sizes = Counter(path.parent for path in modules if path.name != "__init__.py")
    assert {folder: size for folder, size in sizes.items() if size > 13 and folder not in may_grow} == {}


def test_tests_are_skipped_in_one_way_only() -> None:
    one_way, this_file = ROOT / "tests" / "kit" / "missing.py", Path(__file__)
    for path in {*ROOT.glob("tests/**/*.py"), *ROOT.glob("proofs/*.py")} - {one_way, this_file}:
        assert not re.search(r"\b(skip|importorskip|xfail)\(|\bmark\.(skip|xfail)", path.read_text()), path


def test_every_module_says_what_it_is() -> None:
    for path in SOURCES.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path
