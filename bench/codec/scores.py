"""Scores of results against their uploads, over the complete displayed images."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np
from bench.codec.butteraugli import distance
from numpy.typing import NDArray
from PIL import Image, ImageOps

from adapters.codec.pixels.colour import conversion
from adapters.codec.scoring.ssimulacra2 import Reference
from adapters.codec.scoring.suspects import shows_something

Pixels: TypeAlias = NDArray[np.uint8]

BACKGROUNDS = (26, 230)  # of images with transparency; the lower score counts
PROCESSES = 2
SIDE = 128  # pixels, of a place


@dataclass(frozen=True, slots=True)
class Score:
    """How near a result is to its upload. A result of another size has NaN for all three.

    ``whole``: SSIMULACRA 2.1 of the complete image. ``lowest``: of the worst place, in a grid without gaps of squares that
    show something in the upload. ``butteraugli``: how visibly it differs.
    """

    whole: float = 100.0
    lowest: float = 100.0
    butteraugli: float = 0.0


SAME = Score()


def scores(made: Mapping[Path, Sequence[Path]]) -> dict[Path, Score]:
    """The score of each result, given the results of each upload."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # inherited by the processes
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        largest_first = sorted(made, key=lambda each: -each.stat().st_size)
        found = pool.map(_scored, largest_first, [made[each] for each in largest_first])
        return {path: score for each in found for path, score in each.items()}


def views(path: Path) -> list[Pixels]:
    """The displayed image, upright and in sRGB; with transparency, one for each background."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        if not upright.has_transparency_data:
            return [_in_srgb(upright, image.info.get("icc_profile"))]
        whole = upright.convert("RGBA")
        return [_over(whole, background) for background in BACKGROUNDS]


def _in_srgb(image: Image.Image, profile: bytes | None) -> Pixels:
    convert = conversion(profile, image.mode) if image.mode in ("L", "RGB") else None
    if convert is None:
        return np.asarray(image.convert("RGB"))
    shown: Pixels = convert(np.asarray(image)[np.newaxis])[0]
    return shown


def _over(image: Image.Image, background: int) -> Pixels:
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


def _scored(upload: Path, made: Sequence[Path]) -> dict[Path, Score]:
    known: dict[str, Score] = {}
    results = {}
    wanted = [_Wanted(each) for each in views(upload)]
    for path in made:
        digest = sha256(path.read_bytes()).hexdigest()
        if digest not in known:
            known[digest] = _compared(wanted, views(path))
        results[path] = known[digest]
    return results


class _Wanted:
    """One view of an upload. What is computed of it is used for all of its results."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._corners: list[tuple[int, int]] = []

    def score(self, shown: Pixels) -> Score:
        if shown.shape != self._pixels.shape:
            return Score(float("nan"), float("nan"), float("nan"))
        if np.array_equal(shown, self._pixels):
            return SAME
        return Score(self._whole.score(shown[np.newaxis]), self._lowest(shown), distance(self._pixels, shown))

    @cached_property
    def _whole(self) -> Reference:
        return Reference(self._pixels[np.newaxis])

    @cached_property
    def _places(self) -> Reference | None:
        height, width, _ = self._pixels.shape
        self._corners = [
            (left, top)
            for top in _steps(height)
            for left in _steps(width)
            if shows_something(Image.fromarray(_place(self._pixels, left, top)))
        ]
        if not self._corners:
            return None
        return Reference(self._cut(self._pixels), np.ones(len(self._corners)))

    def _lowest(self, shown: Pixels) -> float:
        places = self._places
        return 100.0 if places is None else min(places.scores(self._cut(shown)))

    def _cut(self, pixels: Pixels) -> Pixels:
        return np.stack([_place(pixels, *corner) for corner in self._corners])


def _steps(length: int) -> list[int]:
    """Where places begin along a side: the last one ends with it."""
    last = max(length - SIDE, 0)
    return sorted({*range(0, last, SIDE), last})


def _place(pixels: Pixels, left: int, top: int) -> Pixels:
    return pixels[top : top + SIDE, left : left + SIDE]


def _compared(wanted: Sequence[_Wanted], shown: Sequence[Pixels]) -> Score:
    """The worst of all views."""
    if len(shown) < len(wanted):  # one of them has no transparency
        shown = [*shown, *shown]
    if len(wanted) < len(shown):
        wanted = [*wanted, *wanted]
    found = [one.score(other) for one, other in zip(wanted, shown, strict=True)]
    return Score(
        min(each.whole for each in found),
        min(each.lowest for each in found),
        max(each.butteraugli for each in found),
    )
