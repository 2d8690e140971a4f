"""mypy finds each mistake that is inserted into the wiring or a port, and reports no other line."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ".mypy_cache/planted_mistakes"  # not the cache of make lint, which runs with other options
ERROR = re.compile(r"^(?P<file>.+):(?P<line>\d+): error: (?P<message>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """``planted`` replaces the first ``right`` after ``place``; mypy must report ``expected`` for that line."""

    file: str
    place: str
    right: str
    planted: str
    expected: str
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
        expected='Argument "jobs" to "StoreImage" has incompatible type "Clock"; expected "JobQueue"',
    ),
    Mistake(
        "src/entrypoints/assembly/use_cases/variants.py",
        place="return RetryVariants(",
        right="jobs=",
        planted="jbos=",
        expected='Unexpected keyword argument "jbos" for "RetryVariants"',
    ),
    Mistake(
        "src/entrypoints/container.py",
        place="once(StorageParts",
        right="settings, system, access",
        planted="access, system, settings",
        expected='Argument 1 to "once" has incompatible type "type[StorageParts]"',
    ),
    Mistake(
        "src/entrypoints/assembly/store_kinds.py",
        place="FILESYSTEM = StoreKind(",
        right="FilesystemBlobStore(store.folder(data))",
        planted="Forgetful()",
        expected='Cannot instantiate abstract class "Forgetful" with abstract attributes "delete", "fetch", ... and "stat"',
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
        assert any(each["message"].startswith(mistake.expected) for each in found if each["file"] == mistake.file)
