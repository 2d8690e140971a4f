"""What users read holds none of the words that the glossary replaced."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from architecture.test_start import members
from entrypoints.cli.main import calotype
from entrypoints.configuration.described import described

DOCS = Path(__file__).parents[2] / "docs"

# Each old word or phrase, and what is written instead.
OLD_WORDS = {
    r"pictures?": "image",
    r"holders?": "user",
    r"owners?": "user",
    r"blob stores?": "store",
    r"house": "store, installation",
    r"studio|illustrator": "the names in the glossary",
    r"whoever|who(?= (has|asks|sends|shows|stores))": "a client, a user",
    r"at the (most|least)": "at most, at least",
    r"as many as come of it": "no limit",
    r"at hand": "in memory",
    r"let(s)? (in|go)|taken in": "accept, remove",
    r"carried over": "kept unchanged",
    r"what is known of": "the description of",
    r"of theirs|somebody|nobody": "another user, no user",
    r"beside serving": "in addition to serving",
}


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in members(command):
            yield from commands(each, f"{path} {name}")


def help_of(command: click.Command) -> str:
    options = [option.help or "" for option in command.params if isinstance(option, click.Option)]
    return "\n".join((command.help or "", command.epilog or "", *options))


HELP = {path: help_of(command) for path, command in commands(calotype, "calotype")}
TEXTS = {
    "the reference": (DOCS / "reference.md").read_text(),
    "the glossary": re.sub(r"Other words: .*?\.", "", (DOCS / "glossary.md").read_text()),
    "the settings": "\n".join(each.about for each in described()),
    **{f"{path} --help": text for path, text in HELP.items()},
}


@pytest.mark.parametrize("where", TEXTS)
def test_no_old_word_is_left(where: str) -> None:
    found = [
        f"'{match.group()}' (write: {instead})"
        for old, instead in OLD_WORDS.items()
        for match in re.finditer(rf"(?<![\w`/-])({old})(?![\w`/-])", TEXTS[where], re.IGNORECASE)
    ]
    assert found == [], f"{where}: {', '.join(found)}"
