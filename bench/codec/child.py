# ruff: noqa: PLC0415  each process imports only the tool that it runs, because the others would count in its memory
"""Run one tool on one image: ``python -m bench.codec.child TOOL WARM SOURCE TARGET``.

Prints processor time and peak memory as JSON. Modules are imported and the file WARM is processed before the measurement.
"""

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

Work = Callable[[Path, Path], None]
PROGRAMS = {
    "optipng": ("optipng", "-quiet", "-clobber", "-fix", "-o2", "-out", "{target}", "{source}"),
    "pngquant": ("pngquant", "--force", "--output", "{target}", "{source}"),
}


def main() -> None:
    tool, warm, source, target = sys.argv[1:]
    work = _work(tool)
    work(Path(warm), Path(target))
    before = _cpu()
    work(Path(source), Path(target))
    print(json.dumps({"cpu": _cpu() - before, "peak": _peak(program=tool in PROGRAMS)}))


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak(*, program: bool) -> int:
    if program:
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    # Not ru_maxrss, which a process inherits from its parent.
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _work(tool: str) -> Work:
    if tool in PROGRAMS:
        return lambda source, target: _program(PROGRAMS[tool], source, target)
    name, _, mode = tool.partition("-")
    if name == "calotype":
        from bench.codec.calotype import compressor, deriver

        return deriver() if mode == "variants" else compressor(mode)
    return {"pillow": _pillow, "mozjpeg": _mozjpeg, "oxipng": _oxipng}[name]()


def _program(command: tuple[str, ...], source: Path, target: Path) -> None:
    subprocess.run([each.format(source=source, target=target) for each in command], check=True)


def _pillow() -> Work:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    Image.init()

    def work(source: Path, target: Path) -> None:
        with Image.open(source) as image:
            upright = ImageOps.exif_transpose(image)
            if image.format in ("JPEG", "MPO"):
                upright.save(target, "JPEG", quality=85, optimize=True, progressive=True)
            else:
                upright.save(target, "PNG", optimize=True)

    return work


def _mozjpeg() -> Work:
    from mozjpeg_lossless_optimization import COPY_MARKERS, optimize  # type: ignore[import-untyped]

    return lambda source, target: _written(target, optimize(source.read_bytes(), COPY_MARKERS.ALL))


def _oxipng() -> Work:
    import oxipng

    safe = oxipng.StripChunks.safe
    return lambda source, target: _written(
        target, oxipng.optimize_from_memory(source.read_bytes(), level=2, strip=safe)
    )


def _written(target: Path, data: bytes) -> None:
    target.write_bytes(data)


if __name__ == "__main__":
    main()
