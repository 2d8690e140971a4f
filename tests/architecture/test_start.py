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

SLOW = ("entrypoints.container", "sqlalchemy", "dependency_injector", "granian", "litestar", "minio", "procrastinate")
NEEDED_BY_OTHERS = ("granian", "litestar", "minio", "numpy", "PIL", "procrastinate", "psycopg", "pyvips")
LOADED = """
import sys, json
from entrypoints.cli.main import run
run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""


def members(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by their names."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.resolve_command(context, [name])[1]
        assert command
        yield name, command


def loaded_by(*arguments: str) -> set[str]:
    ended = subprocess.run([sys.executable, "-c", LOADED, *arguments], check=True, capture_output=True, text=True)
    return set(json.loads(ended.stdout.splitlines()[-1]))


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
    assert loaded_by(*arguments).isdisjoint(SLOW)


def test_completion_knows_commands_and_options() -> None:
    def completed(*words: str) -> list[str]:
        variables = {
            "_CALOTYPE_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
        ended = subprocess.run(
            [sys.executable, "-m", "entrypoints.cli.main"],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
        )
        return [line.partition(",")[2] for line in ended.stdout.splitlines()]

    assert completed("calotype", "we") == ["webhooks"]
    assert completed("calotype", "users", "a") == ["add"]
    assert "--json" in completed("calotype", "users", "list", "--")


def test_a_command_loads_only_what_it_and_the_settings_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_STORAGE__DATA", str(tmp_path))
    assert loaded_by("get-access-key").isdisjoint(NEEDED_BY_OTHERS)
