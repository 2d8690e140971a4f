"""A start of the command line imports only what it needs, and its help is what the commands say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from entrypoints.cli.command_table import COMMANDS, load
from entrypoints.cli.main import calotype

PARTS = ("entrypoints.container", "entrypoints.assembly", "adapters")
LIBRARIES = (
    "alembic", "argon2", "asyncpg", "dependency_injector", "granian", "httpcore", "litestar", "minio", "numpy", "PIL",
    "procrastinate", "psycopg", "pyvips", "sqlalchemy", "urllib3", "yaml",
)  # fmt: skip
NOT_FOR_HELP = (*PARTS, *LIBRARIES)
NOT_FOR_COMPLETION = (*NOT_FOR_HELP, "asyncio", "msgspec", "rich", "ssl")
NOT_FOR_A_TOKEN = (
    "adapters.codec.pool", "adapters.remote", "adapters.sql.reads.catalogue", "adapters.sql.reads.lookups", "alembic", "argon2",
    "entrypoints.assembly.use_cases.images", "entrypoints.schemas", "granian", "httpcore", "litestar", "minio", "numpy", "PIL",
    "procrastinate", "psycopg", "pyvips", "rich.console", "urllib3",
)  # fmt: skip
LOADED = """
import sys, json
from entrypoints.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit:  # the end of a completion
    pass
print(json.dumps(sorted(sys.modules)))
"""


def members(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by their names."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.resolve_command(context, [name])[1]
        assert command
        yield name, command


def loaded_by(*arguments: str, **variables: str) -> set[str]:
    """The modules that a start of the command line has imported, and the packages that they are in."""
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )
    return {
        module.rsplit(".", number)[0]
        for module in json.loads(ended.stdout.splitlines()[-1])
        for number in range(module.count(".") + 1)
    }


def completing(*words: str) -> dict[str, str]:
    """The variables by which a shell asks what the last of the ``words`` may be."""
    return {
        "_CALOTYPE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_a_command_what_the_command_says(name: str) -> None:
    _, about = COMMANDS[name]
    assert about == load(name).get_short_help_str(limit=1000)
    assert load(name).name == name


def test_help_names_every_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli.main", "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert [name for name, _ in members(calotype)] == [
        word for line in shown.splitlines() for word in line[1:].split()[:1] if word in COMMANDS
    ]


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("users", "--help"), ("images", "add", "--help")])
def test_help_loads_no_part_of_the_service(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments).isdisjoint(NOT_FOR_HELP)


def test_completion_loads_nothing_that_prints_or_runs_commands() -> None:
    assert loaded_by(**completing("calotype", "we")).isdisjoint(NOT_FOR_COMPLETION)


def test_completion_knows_commands_and_options() -> None:
    def completed(*words: str) -> list[str]:
        ended = subprocess.run(
            [sys.executable, "-m", "entrypoints.cli.main"],
            env={**os.environ, **completing(*words)},
            capture_output=True,
            text=True,
        )
        return [line.partition(",")[2] for line in ended.stdout.splitlines()]

    assert completed("calotype", "we") == ["webhooks"]
    assert completed("calotype", "users", "a") == ["add"]
    assert "--json" in completed("calotype", "users", "list", "--")


def test_a_token_is_printed_without_what_only_other_commands_need(tmp_path: Path) -> None:
    loaded_by("get-access-key", CALOTYPE_STORAGE__DATA=str(tmp_path))  # the first start makes the database
    assert loaded_by("get-access-key", CALOTYPE_STORAGE__DATA=str(tmp_path)).isdisjoint(NOT_FOR_A_TOKEN)
