"""Landscapes drawn by a formula, for pictures of the page: no photographs are part of the repository."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.floating[Any]]
SIZES = ((1200, 800), (800, 1200), (1200, 1200), (1400, 780))
LAYERS = 6


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours at the horizon, half way up, and near the viewer."""

    light: tuple[int, int, int]
    middle: tuple[int, int, int]
    dark: tuple[int, int, int]


PALETTES = {
    "dawn": Palette((250, 214, 165), (93, 121, 160), (28, 44, 66)),
    "dune": Palette((244, 230, 214), (196, 140, 110), (70, 40, 50)),
    "fjord": Palette((205, 226, 235), (110, 160, 170), (22, 60, 66)),
    "dusk": Palette((255, 190, 150), (150, 80, 110), (40, 22, 54)),
    "heath": Palette((225, 232, 220), (140, 160, 120), (34, 52, 40)),
    "ridge": Palette((214, 214, 226), (120, 126, 150), (30, 34, 48)),
}


def a_landscape(number: int) -> tuple[str, bytes]:
    """Name and bytes of a JPEG; each number gives another one."""
    name = list(PALETTES)[number % len(PALETTES)]
    file = BytesIO()
    _drawn(number, PALETTES[name], *SIZES[number % len(SIZES)]).save(file, "JPEG", quality=95)
    return f"{name}-{number:02}.jpg", file.getvalue()


def _drawn(seed: int, palette: Palette, width: int, height: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    light, middle, dark = (np.array(each, float) for each in (palette.light, palette.middle, palette.dark))
    down, across = np.mgrid[0:height, 0:width]
    share = (1 - np.linspace(0, 1, height)[:, None, None]) ** 1.5
    pixels = np.broadcast_to(middle * share * 0.9 + light * (1 - share), (height, width, 3)).copy()
    radius = chance.uniform(0.03, 0.06) * width
    sun = np.hypot(across - chance.uniform(0.2, 0.8) * width, down - chance.uniform(0.22, 0.45) * height)
    pixels += (np.clip(1 - (sun - radius) / 3, 0, 1) * 90 + np.exp(-sun / (radius * 4)) * 45)[:, :, None]
    for layer in range(1, LAYERS + 1):
        near = layer / LAYERS
        top = (0.45 + 0.45 * near) * height + _ridge(chance, width, 0.10 * height * (1.1 - near))
        colour = light * (1 - near) ** 1.3 * 0.8 + middle * (1 - near) * 0.5 + dark * near**0.7
        haze = np.clip((down - top) / (height * 0.35), 0, 1)[:, :, None] * 0.45 * (1 - near)
        pixels = np.where((down > top)[:, :, None], colour + (light - colour) * haze, pixels)
    pixels += chance.normal(0, 2, (height, width, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _ridge(chance: np.random.Generator, width: int, roughness: float) -> Numbers:
    across = np.linspace(0, 1, width)
    waves = (
        np.sin(2 * np.pi * (across * wave * chance.uniform(0.6, 1.4) + chance.random())) * roughness / wave**1.15
        for wave in range(1, 9)
    )
    return sum(waves, start=np.zeros(width))
