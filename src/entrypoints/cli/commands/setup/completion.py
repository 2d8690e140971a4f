"""``calotype completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

import rich_click as click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from entrypoints.cli.own_name import COMMAND

SHELLS = {"bash": BashComplete, "fish": FishComplete, "zsh": ZshComplete}
VARIABLE = "_CALOTYPE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands and options.

    For bash, put eval "$(calotype completion bash)" into ~/.bashrc; for zsh, the same with zsh into ~/.zshrc; for fish:
    calotype completion fish > ~/.config/fish/completions/calotype.fish
    """
    made = SHELLS[shell](context.find_root().command, {}, COMMAND, VARIABLE)
    click.echo(made.source_template % made.source_vars())
