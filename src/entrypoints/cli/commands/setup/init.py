"""``calotype init``: a settings file with every setting, each as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import rich_click as click

from entrypoints.cli.errors import CannotWrite
from entrypoints.configuration.described import Described, described
from entrypoints.configuration.loading import DEFAULT_FILE

HEADING = """\
# Settings of Calotype. Each has its default here: remove the # before its name to set it. The environment overrides
# this file: http.port is CALOTYPE_HTTP__PORT. "calotype config show" prints what is in force.
"""


@click.command()
@click.argument("file", default=DEFAULT_FILE, type=click.Path(dir_okay=False))
def init(file: str) -> None:
    """Write a settings file that explains every setting.

    All settings in it are comments, so it changes nothing until you edit it. A file that exists is not overwritten.
    """
    try:
        with Path(file).open("x", encoding="utf-8") as target:
            target.writelines(settings_file())
    except OSError as error:
        raise CannotWrite(file, error.strerror or "it cannot be written") from error
    click.echo(f"wrote {file}")


def settings_file() -> Iterator[str]:
    """The pieces of the file."""
    yield HEADING
    for section, settings in groupby(sorted(described(), key=lambda each: each.section), lambda each: each.section):
        yield f"\n[{section}]\n"
        for each in settings:
            yield f"# {each.about}{_condition(each)}\n#{each.name.rpartition('.')[2]} = {_toml(each.default)}\n"


def _condition(setting: Described) -> str:
    if setting.kinds:
        return f"; where {setting.section}.kind is {' or '.join(setting.kinds)}"
    return f"; one of: {', '.join(setting.choices)}" if setting.choices else ""


def _toml(value: object) -> str:
    """A default in TOML, which writes texts, numbers and lists of texts as JSON does."""
    return json.dumps(value)
