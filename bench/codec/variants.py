"""The variants that the codec makes, against the best there could be, and against sharp."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.codec.pictures import Picture
from bench.codec.scores import Pixels
from bench.codec.tools import HEIGHTS, JPEG, Run, Tool, run
from numpy.typing import NDArray
from PIL import Image, ImageOps

from adapters.codec.scoring.ssimulacra2 import score

ROUNDS = 2
OURS, SHARP = "calotype-variants", Tool("sharp-variants", "sharp resize()", JPEG)


@dataclass(frozen=True, slots=True)
class Variants:
    """Of one picture: the score of each variant by its name, and what all of them cost."""

    picture: Picture
    scores: Mapping[str, float]
    sizes: Mapping[str, int]
    ours: Run
    sharp: Run | None


def derived(pictures: Sequence[Picture], folder: Path, warm: Mapping[str, Path]) -> list[Variants]:
    """Of pictures that are opaque and larger than every variant."""
    return [
        _derived(each, folder / f"variants-{number}", warm[each.format])
        for number, each in enumerate(pictures)
        if each.comparable and each.format in warm and not each.alpha and each.height > max(HEIGHTS.values())
    ]


def _derived(picture: Picture, target: Path, warm: Path) -> Variants:
    has_sharp = picture.format in SHARP.formats and not SHARP.missing
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(run(OURS, picture.path, target, warm))
        if has_sharp:
            theirs.append(run(SHARP.key, picture.path, target, warm))
    made = {name: Path(f"{target}.{name}") for name in HEIGHTS}
    return Variants(
        picture,
        {name: _score(picture.path, path) for name, path in made.items()},
        {name: path.stat().st_size for name, path in made.items()},
        min(ours, key=lambda each: each.cpu),
        min(theirs, key=lambda each: each.cpu, default=None),
    )


def _score(original: Path, variant: Path) -> float:
    with Image.open(variant) as picture:
        return score(_reference(original, picture.size), np.asarray(picture.convert("RGB")))


def _reference(path: Path, size: tuple[int, int]) -> Pixels:
    """Shrunk by Lanczos in linear light, in floating point, from every pixel."""
    with Image.open(path) as picture:
        pixels = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
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
