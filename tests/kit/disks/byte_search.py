"""Looking for bytes in all files of folders, as somebody who has the disks would."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def found_in(folders: Iterable[Path], wanted: Mapping[str, bytes]) -> list[str]:
    """Which of the wanted bytes are in which files. Letters count as the same in upper and lower case."""
    lowered = {what: each.lower() for what, each in wanted.items()}
    found = []
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            try:
                data = file.read_bytes().lower() if file.is_file() else b""
            except FileNotFoundError:  # removed a moment ago
                continue
            found += [f"{what} in {file}" for what, each in lowered.items() if each in data]
    return found
