"""Sample files in source formats. Those in HEIC were made by heif-enc and pillow-heif from the same photograph."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image

from domain.model.pixels.source import SourceFormat
from kit.images.codecs import a_photo, a_profile

HEIC_FOLDER = Path(__file__).parent / "heic"


def a_heic(name: str = "photo") -> bytes:
    """photo: with a colour profile and private metadata; turned, mirrored: by irot and imir, with private metadata;
    transparent; deep: of 10 bits; three: images, of which the second is the primary one; thumbnail: with one;
    nclx_p3: whose primaries are those of Display P3, nclx_hlg: in HLG and BT.2020, both by nclx.
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
