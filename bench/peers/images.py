"""Images that no codec can make much smaller: noise, the same at every run."""

import random
from io import BytesIO

from PIL import Image


def noise(format: str, width: int, height: int, **options: int) -> bytes:
    image = Image.frombytes("RGB", (width, height), random.Random(width * height).randbytes(3 * width * height))
    encoded = BytesIO()
    image.save(encoded, format, **options)
    return encoded.getvalue()
