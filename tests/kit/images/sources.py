"""Sample files in source formats. Those in HEIC were made by heif-enc and pillow-heif from the same photograph."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from domain.model.pixels.source import SourceFormat
from kit.images.codecs import a_photo, a_profile

HEIC_FOLDER = Path(__file__).parent / "heic"


def a_heic(name: str = "photo") -> bytes:
    """photo: with a colour profile and private metadata; turned, mirrored: by irot and imir, with private metadata;
    transparent; deep: of 10 bits; three: images, of which the second is the primary one; thumbnail: with one;
    nclx_p3: whose primaries are those of Display P3, nclx_hlg: in HLG and BT.2020, both by nclx; large: of 3 megapixels.
    """
    return (HEIC_FOLDER / f"{name}.heic").read_bytes()


def saved(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, pillow_format, **options)
    return file.getvalue()


def _a_tiff() -> bytes:
    return saved(a_photo(), "TIFF", icc_profile=a_profile(), dpi=(300, 300))


SOURCE_SAMPLES: Mapping[SourceFormat, Callable[[], bytes]] = {
    SourceFormat.HEIC: a_heic,
    SourceFormat.TIFF: _a_tiff,
    SourceFormat.BMP: lambda: saved(a_photo(), "BMP"),
    SourceFormat.ICO: lambda: saved(a_photo(64, 48), "ICO", sizes=[(32, 24), (64, 48)], bitmap_format="bmp"),
    SourceFormat.JP2: lambda: saved(a_photo(), "JPEG2000", quality_mode="dB", quality_layers=[45]),
}


def a_deep_tiff(samples: np.ndarray, order: str) -> bytes:
    """A TIFF of one strip with these samples, of the shape (height, width, 3)."""
    height, width = samples.shape[:2]
    u2, u4 = np.dtype(f"{order}u2"), np.dtype(f"{order}u4")

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        field = np.array([value], u4).tobytes() if kind == 4 or count > 1 else np.array([value, 0], u2).tobytes()
        return np.array([tag, kind], u2).tobytes() + np.array([count], u4).tobytes() + field

    pixels = samples.astype(u2).tobytes()
    bits_at = 8
    strip_at = bits_at + 6
    directory_at = strip_at + len(pixels)
    entries = [
        entry(256, 4, 1, width), entry(257, 4, 1, height), entry(258, 3, 3, bits_at), entry(259, 3, 1, 1),
        entry(262, 3, 1, 2), entry(273, 4, 1, strip_at), entry(277, 3, 1, 3), entry(278, 4, 1, height),
        entry(279, 4, 1, len(pixels)),
    ]  # fmt: skip
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    return b"".join(
        (
            mark, np.array([directory_at], u4).tobytes(), np.array([16, 16, 16], u2).tobytes(), pixels,
            np.array([len(entries)], u2).tobytes(), *entries, bytes(4),
        )
    )  # fmt: skip
