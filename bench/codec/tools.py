"""The compared tools, each run on one image in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PEERS = Path(sys.prefix) / "codec_peers"  # where the Makefile has npm install sharp
SCRIPT = Path(__file__).parent / "peers" / "sharp.mjs"
HEIGHTS = {"small": 100, "medium": 300}  # of the variants; sharp.mjs has them too
LONGEST = 300  # seconds for one image
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Run:
    """``cpu``: user and system seconds. ``peak``: the most resident bytes of the process.

    ``failed``: the tool failed on this image, and the upload counts as its result.
    """

    size: int
    cpu: float
    peak: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """``ours``: the tool is Calotype. ``lossy``: its results are drawn in the plot."""

    key: str
    name: str
    formats: frozenset[str]
    lossy: bool = False

    @property
    def ours(self) -> bool:
        return self.key.startswith("calotype")

    @property
    def missing(self) -> str | None:
        """Why the tool cannot be run here; empty if it can."""
        if self.key.startswith("sharp"):
            if shutil.which("node") is None:
                return "node is not installed"
            if not (PEERS / "node_modules" / "sharp").is_dir():
                return "sharp is not installed"
        if self.key in ("optipng", "pngquant") and shutil.which(self.key) is None:
            return f"{self.key} is not installed"
        return None


JPEG, PNG = frozenset({"jpeg"}), frozenset({"png"})
ALL = frozenset({"jpeg", "png", "gif", "webp", "avif"})

TOOLS = (
    Tool("pillow-85", "Pillow quality=85", JPEG, lossy=True),
    Tool("sharp-jpeg", "sharp jpeg()", JPEG, lossy=True),
    Tool("sharp-mozjpeg-80", "sharp mozjpeg q80", JPEG, lossy=True),
    Tool("sharp-mozjpeg-90", "sharp mozjpeg q90", JPEG, lossy=True),
    Tool("mozjpeg", "mozjpeg, lossless", JPEG),
    Tool("optipng", "optipng -o2", PNG),
    Tool("oxipng", "oxipng level 2", PNG),
    Tool("pillow-png", "Pillow optimize=True", PNG),
    Tool("sharp-png", "sharp png()", PNG),
    Tool("sharp-palette", "sharp palette", PNG, lossy=True),
    Tool("pngquant", "pngquant", PNG, lossy=True),
    Tool("calotype-lossless", "**Calotype lossless**", ALL - JPEG),
    Tool("calotype-high", "**Calotype high**", JPEG, lossy=True),
    Tool("calotype-excellent", "**Calotype excellent**", JPEG | PNG, lossy=True),
)


def run(tool: str, source: Path, target: Path, warm: Path) -> Run:
    """Write ``target``. ``warm`` is processed first, and not measured.

    Raises:
        RuntimeError: Calotype failed.
    """
    arguments = [tool, str(warm), str(source), str(target)]
    if tool.startswith("sharp"):
        command, folder = ["node", str(SCRIPT), *arguments], PEERS
    else:
        command, folder = [sys.executable, "-m", "bench.codec.child", *arguments], Path.cwd()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **ONE_THREAD}, capture_output=True, timeout=LONGEST, check=False
    )
    if done.returncode != 0:
        said = f"{tool} failed on {source}:\n{done.stderr.decode()[-2000:]}"
        if tool.startswith("calotype"):
            raise RuntimeError(said)
        print(said)
        shutil.copyfile(source, target)
        return Run(source.stat().st_size, 0, 0, failed=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return Run(target.stat().st_size, figures["cpu"], figures["peak"])
