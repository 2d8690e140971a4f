"""Scores of results against their uploads, over the complete displayed images."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from adapters.codec.scoring.ssimulacra2 import Reference

Pixels: TypeAlias = NDArray[np.uint8]

BACKGROUNDS = (26, 230)  # of images with transparency; the lower score counts
PROCESSES = 2


def scores(made: Mapping[Path, Sequence[Path]]) -> dict[Path, float]:
    """The score of each result, given the results of each upload. A result of another size scores NaN."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # inherited by the processes
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        largest_first = sorted(made, key=lambda each: -each.stat().st_size)
        found = pool.map(_scored, largest_first, [made[each] for each in largest_first])
        return {path: score for each in found for path, score in each.items()}


def views(path: Path) -> list[Pixels]:
    """The displayed image, upright; with transparency, one for each background."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        if not upright.has_transparency_data:
            return [np.asarray(upright.convert("RGB"))]
        whole = upright.convert("RGBA")
        return [_over(whole, background) for background in BACKGROUNDS]


def _over(image: Image.Image, background: int) -> Pixels:
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


def _scored(upload: Path, made: Sequence[Path]) -> dict[Path, float]:
    known: dict[str, float] = {}
    results = {}
    wanted = views(upload)
    references: list[Reference] = []
    for path in made:
        digest = sha256(path.read_bytes()).hexdigest()
        if digest not in known:
            known[digest] = min(_compared(wanted, views(path), references))
        results[path] = known[digest]
    return results


def _compared(wanted: Sequence[Pixels], shown: Sequence[Pixels], references: list[Reference]) -> Iterator[float]:
    if len(shown) < len(wanted):  # one of them has no transparency
        shown = [*shown, *shown]
    if len(wanted) < len(shown):
        wanted = [*wanted, *wanted]
    for number, (one, other) in enumerate(zip(wanted, shown, strict=True)):
        if one.shape != other.shape:
            yield float("nan")
        elif np.array_equal(one, other):
            yield 100.0
        else:
            if not references:
                references += (Reference(each[np.newaxis]) for each in wanted)
            yield references[min(number, len(references) - 1)].score(other[np.newaxis])
