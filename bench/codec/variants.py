"""Calotype's variants compared with an exact reference, and with sharp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.codec.images import SourceImage
from bench.codec.scores import Pixels
from bench.codec.tools import HEIGHTS, JPEG, Run, Tool, run
from numpy.typing import NDArray
from PIL import Image, ImageOps

from adapters.codec.scoring.ssimulacra2 import score

ROUNDS = 2
OURS, SHARP = "calotype-variants", Tool("sharp-variants", "sharp resize()", JPEG)


@dataclass(frozen=True, slots=True)
class Variants:
    """The variants of one image: score and size by name, and the cost of all of them."""

    image: SourceImage
    scores: Mapping[str, float]
    sizes: Mapping[str, int]
    ours: Run
    sharp: Run | None


def derived(images: Sequence[SourceImage], folder: Path, warm: Mapping[str, Path]) -> list[Variants]:
    """The variants of the opaque images that are larger than every variant."""
    return [
        _derived(each, folder / f"variants-{number}", warm[each.format])
        for number, each in enumerate(images)
        if each.comparable and each.format in warm and not each.alpha and each.height > max(HEIGHTS.values())
    ]


def _derived(image: SourceImage, target: Path, warm: Path) -> Variants:
    has_sharp = image.format in SHARP.formats and not SHARP.missing
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(run(OURS, image.path, target, warm))
        if has_sharp:
            theirs.append(run(SHARP.key, image.path, target, warm))
    made = {name: Path(f"{target}.{name}") for name in HEIGHTS}
    return Variants(
        image,
        {name: _score(image.path, path) for name, path in made.items()},
        {name: path.stat().st_size for name, path in made.items()},
        min(ours, key=lambda each: each.cpu),
        min(theirs, key=lambda each: each.cpu, default=None),
    )


def _score(original: Path, variant: Path) -> float:
    with Image.open(variant) as image:
        return score(_reference(original, image.size), np.asarray(image.convert("RGB")))


def _reference(path: Path, size: tuple[int, int]) -> Pixels:
    """The reference: the image scaled by Lanczos in linear light and floating point."""
    with Image.open(path) as image:
        pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    planes = [Image.fromarray(_LINEAR[pixels[..., channel]]) for channel in range(3)]
    shrunk = np.stack([np.asarray(each.resize(size, Image.Resampling.LANCZOS)) for each in planes], axis=2)
    return _encoded(shrunk)


def _linear() -> NDArray[np.float32]:
    encoded = np.arange(256) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _encoded(linear: NDArray[np.float32]) -> Pixels:
    bounded = np.clip(linear, 0, 1)
    encoded = np.where(bounded <= 0.0031308, bounded * 12.92, 1.055 * bounded ** (1 / 2.4) - 0.055)
    pixels: Pixels = np.rint(encoded * 255).astype(np.uint8)
    return pixels


_LINEAR = _linear()
