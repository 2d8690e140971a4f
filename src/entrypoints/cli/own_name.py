"""The name of the command line, for hints that a user can copy."""

import shutil
import sys
from pathlib import Path

COMMAND = "calotype"


def own_name() -> str:
    """How this command line was started: by its name, or by its path if the name does not lead to it."""
    started = Path(sys.argv[0])
    if started.name != COMMAND:  # started by "python -m", for example
        return COMMAND
    found = shutil.which(COMMAND)
    return COMMAND if found is not None and started.exists() and started.samefile(found) else str(started)
