"""What of a folder would be left after a power cut: what folders held when they were last synced."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class PowerCuts:
    """Remembers the entries of every folder that is synced. Bytes of files are not looked at."""

    def __init__(self) -> None:
        self._entries: dict[Path, list[str]] = {}

    def left_in(self, root: Path) -> set[str]:
        """The files that would be left two levels below ``root``."""
        shards = [root / name for name in self._entries.get(root, [])]
        return {name for shard in shards for name in self._entries.get(shard, [])}

    @contextmanager
    def watching(self) -> Iterator[None]:
        real = os.fsync

        def fsync(descriptor: int) -> None:
            real(descriptor)
            place = Path(f"/proc/self/fd/{descriptor}").readlink()
            if place.is_dir():
                self._entries[place] = [each.name for each in place.iterdir()]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            yield
