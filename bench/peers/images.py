"""Images of noise, which cannot be compressed and are the same in every run."""

import random
from io import BytesIO

from PIL import Image


def noise(format: str, width: int, height: int, **options: int) -> bytes:
    image = Image.frombytes("RGB", (width, height), random.Random(width * height).randbytes(3 * width * height))
    encoded = BytesIO()
    image.save(encoded, format, **options)
    return encoded.getvalue()
