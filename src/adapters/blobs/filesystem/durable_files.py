"""Files that survive a power failure: synced, and moved into place whole."""

import os
import shutil
from errno import ENOTSUP, EPERM, EXDEV
from pathlib import Path


def sync(path: Path) -> None:
    """Return when the file, or the entries of the folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def draft_of(target: Path) -> Path:
    """The path of the unfinished copy of a file from another disk. It is hidden, and removed with the file."""
    return target.with_name(f".{target.name}")


def move(source: Path, target: Path) -> None:
    """Move a synced file to ``target``, whole or not at all, also from another disk. The folder is not synced."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != EXDEV:
            raise
        draft = draft_of(target)
        try:
            shutil.copy(source, draft)
            sync(draft)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)


def link_or_copy(source: Path, target: str) -> None:
    """Make the bytes of ``source`` readable at ``target``."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (EXDEV, EPERM, ENOTSUP):  # another disk, or a file system without hard links
            raise
        shutil.copyfile(source, target)
