"""Mistakes planted in the wiring and in a port: mypy finds each of them, and nothing else."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ".mypy_cache/planted_mistakes"  # apart from that of make lint, whose options are others
ERROR = re.compile(r"^(?P<file>.+):(?P<line>\d+): error: (?P<message>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """``planted`` instead of the first ``right`` after ``place``, and what mypy is to say of that line."""

    file: str
    place: str
    right: str
    planted: str
    told: str
    appended: str = ""

    def plant(self, text: str) -> tuple[str, int]:
        """The text with the mistake in it, and the number of its line."""
        start = text.index(self.right, text.index(self.place))
        broken = text[:start] + self.planted + text[start + len(self.right) :] + self.appended
        return broken, text.count("\n", 0, start) + 1


MISTAKES = (
    Mistake(
        "src/entrypoints/assembly/use_cases/images.py",
        place="return StoreImage(",
        right="jobs=parts.jobs.queue",
        planted="jobs=parts.system.clock",
        told='Argument "jobs" to "StoreImage" has incompatible type "Clock"; expected "JobQueue"',
    ),
    Mistake(
        "src/entrypoints/assembly/use_cases/variants.py",
        place="return RetryVariants(",
        right="jobs=",
        planted="jbos=",
        told='Unexpected keyword argument "jbos" for "RetryVariants"',
    ),
    Mistake(
        "src/entrypoints/container.py",
        place="once(StorageParts",
        right="settings, access",
        planted="access, settings",
        told='Argument 1 to "once" has incompatible type "type[StorageParts]"',
    ),
    Mistake(
        "src/entrypoints/assembly/store_kinds.py",
        place="FILESYSTEM = StoreKind(",
        right="FilesystemBlobStore(store.folder(data))",
        planted="Forgetful()",
        told='Cannot instantiate abstract class "Forgetful" with abstract attributes "delete", "fetch", ... and "stat"',
        appended="\n\nfrom domain.ports.blobs import BlobStore\n\n\nclass Forgetful(BlobStore):\n    pass\n",
    ),
)


def test_mypy_finds_each_planted_mistake(tmp_path: Path) -> None:
    shadows: list[str] = []
    places: set[tuple[str, int]] = set()
    for mistake in MISTAKES:
        text, line = mistake.plant((ROOT / mistake.file).read_text())
        shadow = tmp_path / Path(mistake.file).name
        shadow.write_text(text)
        shadows += ["--shadow-file", mistake.file, str(shadow)]
        places.add((mistake.file, line))
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", f"--cache-dir={CACHE}", *shadows]
    checked = subprocess.run(
        [*command, *(mistake.file for mistake in MISTAKES)], cwd=ROOT, capture_output=True, text=True
    )
    found = list(ERROR.finditer(checked.stdout))
    assert {(each["file"], int(each["line"])) for each in found} == places, checked.stdout + checked.stderr
    for mistake in MISTAKES:
        assert any(each["message"].startswith(mistake.told) for each in found if each["file"] == mistake.file)
