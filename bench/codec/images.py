"""The images of a folder, and which of them all tools decode to the same colours."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms

FORMATS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".gif": "gif", ".webp": "webp", ".avif": "avif"}
LARGE = (5760, 3840)  # 22 megapixels, for measuring memory


@dataclass(frozen=True, slots=True)
class SourceImage:
    """``comparable``: 8 bits, grey or RGB, in sRGB. Some tools convert other images to different colours."""

    path: Path
    kind: str
    format: str
    width: int
    height: int
    size: int
    comparable: bool
    alpha: bool

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


def found_in(folder: Path) -> list[SourceImage]:
    paths = sorted(each for each in folder.rglob("*") if each.suffix.lower() in FORMATS)
    if not paths:
        raise SystemExit(f"there are no images below {folder}; set CALOTYPE_CORPUS or FOLDER to another folder")
    return [_looked_at(path) for path in paths]


def tiled(images: list[SourceImage], folder: Path) -> SourceImage | None:
    """A JPEG of 22 megapixels, tiled from the largest comparable JPEG; None if there is none."""
    photos = [each for each in images if each.format == "jpeg" and each.comparable]
    if not photos:
        return None
    path = folder / "tiled.jpg"
    with Image.open(max(photos, key=lambda each: each.megapixels).path) as photo:
        whole = Image.new("RGB", LARGE)
        for place in _places(photo.size, LARGE):
            whole.paste(photo, place)
    whole.save(path, quality=92)
    return _looked_at(path)


def small(folder: Path) -> dict[str, Path]:
    """Images that each process handles before the measurement, so that one-time costs are not measured."""
    noise = Image.effect_noise((400, 300), 40).resize((40, 30)).resize((400, 300), Image.Resampling.BICUBIC)
    image = Image.merge("RGB", (noise, noise.rotate(180), noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    paths = {"jpeg": folder / "small.jpg", "png": folder / "small.png"}
    for path in paths.values():
        image.save(path, quality=95)
    return paths


def _looked_at(path: Path) -> SourceImage:
    with Image.open(path) as image:
        profile = image.info.get("icc_profile")
        plain = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") and not _is_deep(path)
        return SourceImage(
            path=path,
            kind=path.parent.name,
            format=FORMATS[path.suffix.lower()],
            width=image.width,
            height=image.height,
            size=path.stat().st_size,
            comparable=plain and (profile is None or _is_srgb(profile)),
            alpha=image.has_transparency_data,
        )


def _is_deep(path: Path) -> bool:
    with path.open("rb") as file:
        return path.suffix.lower() == ".png" and file.read(25)[24] == 16


def _is_srgb(profile: bytes) -> bool:
    try:
        return "srgb" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile))).lower()
    except (ImageCms.PyCMSError, OSError):
        return False


def _places(tile: tuple[int, int], whole: tuple[int, int]) -> Iterator[tuple[int, int]]:
    for top in range(0, whole[1], tile[1]):
        for left in range(0, whole[0], tile[0]):
            yield left, top
