"""Small sample images."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

import kit.images.jxl  # noqa: F401  savers for Pillow
from domain.model.pixels.media import ImageFormat


def sample_image(
    format: ImageFormat = ImageFormat.PNG, width: int = 64, height: int = 48, *, seed: int = 0, **options: Any
) -> bytes:
    """The bytes of an image with some content; each ``seed`` gives a different image."""
    image = Image.new("RGB", (width, height), (seed * 37 % 256, 90, 160))
    draw = ImageDraw.Draw(image)
    for step in range(0, max(width, height), 8):
        draw.line((step, 0, width - step, height), fill=(step % 256, seed * 11 % 256, 200 - step % 200), width=2)
    encoded = BytesIO()
    image.save(encoded, format.value, **options)
    return encoded.getvalue()


def an_animation(format: ImageFormat = ImageFormat.GIF, frames: int = 3) -> bytes:
    """The bytes of an animation."""
    images = [Image.new("RGB", (40, 30), (80 * number, 20, 90)) for number in range(frames)]
    encoded = BytesIO()
    images[0].save(encoded, format.value, save_all=True, append_images=images[1:], duration=100, loop=0)
    return encoded.getvalue()


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(data)) as image:
        return image.size
