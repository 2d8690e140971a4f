"""The encoders of variants in each format, and their settings.

Compared with the best possible reduction of the image, JPEG and PNG variants score at least 91 (SSIMULACRA 2.1), AVIF 81
to 92, and WebP 73 to 92. This is worth the time, because a variant is made once and viewed often.

No quality gives AVIF and WebP 91 for every image. At quality 96, AVIF has it for 11 of 12 images with 2.4 times the bytes,
which is what a JPEG takes. WebP halves the resolution of colour: at quality 100 it has 91 for 6 of 28 images; only its
lossless kinds have it for all, with 3.3 times the bytes or more. Who asks for these formats wants fewer bytes.
"""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from adapters.codec.encoders.choose_jpeg import jpeg_encoder
from adapters.codec.encoders.jpeg import JpegSettings

_DISTANCE, _DARKEST_DISTANCE = 0.4, 0.35
_DARKEST, _BRIGHT = 20.0, 60.0
"""Mean samples: between them, the darker an image is, the smaller must its distance be. Errors show more on black."""


def jpeg(image: Image.Image) -> bytes:
    """Transparent pixels are shown on white."""
    opaque = _on_white(image)
    pixels = np.asarray(opaque)
    distance = float(np.interp(pixels.mean(), (_DARKEST, _BRIGHT), (_DARKEST_DISTANCE, _DISTANCE)))
    settings = JpegSettings(distance, half_colour=False, adaptive=False)
    return jpeg_encoder().encode([pixels], opaque.size, settings, grey=opaque.mode == "L")


def png(image: Image.Image) -> bytes:
    return _saved(image, "PNG")


def webp(image: Image.Image) -> bytes:
    return _saved(image, "WEBP", quality=92, method=4, use_sharp_yuv=True)


def avif(image: Image.Image) -> bytes:
    return _saved(image, "AVIF", quality=85, speed=8, subsampling="4:4:4", max_threads=1)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    ground = Image.new(image.mode, image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground.convert(image.mode.removesuffix("A"))


def _saved(image: Image.Image, pillow_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, pillow_format, **options)
    return file.getvalue()
