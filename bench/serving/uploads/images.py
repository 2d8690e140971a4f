"""The images that are uploaded, made from the corpus. With the same version of Pillow their bytes are the same in every run."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.peers import ROOT
from PIL import Image

PHOTO = "jpeg_large/picosdeeuropa_by_Aitzol_Berasategi.jpg"
LARGE_PHOTO = "jpeg_large/Volna_5120x2880.jpg"
SCREENSHOT = "png_ui/pcbnew_user_interface.png"
SCREENSHOTS = (  # side by side in two rows
    SCREENSHOT,
    "png_ui/commands_overview.png",
    "png_ui/cvpcb_main_window.png",
    "png_ui/raytracing.png",
)
DESKTOP = (2560, 1600)
ANIMATION = "gif_anim/iss634.gif"


@dataclass(frozen=True, slots=True)
class Upload:
    """``each``: number of concurrent clients, and how many times each of them uploads the file."""

    what: str
    file: Path
    each: Mapping[int, int]


def find_corpus_images() -> Path | None:
    """The folder of images in the corpus ``CALOTYPE_CORPUS``, or ``shared/corpus`` next to the checkout; None if it is missing."""
    corpus = Path(os.environ.get("CALOTYPE_CORPUS") or ROOT.parent / "shared" / "corpus")
    corpus_images = corpus / "pictures"
    return corpus_images if corpus_images.is_dir() else None


def make_uploads(corpus_images: Path, folder: Path) -> Sequence[Upload]:
    """Write the images to ``folder``. The two largest are not sent by 32 clients at once, which would take minutes."""
    with Image.open(corpus_images / PHOTO) as photo:
        photo.load()
        photo.resize((64, 64), Image.Resampling.LANCZOS).save(folder / "tiny.jpg", quality=85)
        photo.resize((1280, 960), Image.Resampling.LANCZOS).save(folder / "photo.jpg", quality=90)
    _desktop(corpus_images).save(folder / "desktop.png")
    for source, name in ((LARGE_PHOTO, "large.jpg"), (SCREENSHOT, "window.png"), (ANIMATION, "animation.gif")):
        (folder / name).write_bytes((corpus_images / source).read_bytes())
    return (
        _upload("JPEG", folder / "tiny.jpg", {1: 16, 8: 4, 32: 2}),
        _upload("JPEG", folder / "photo.jpg", {1: 2, 8: 1, 32: 1}),
        _upload("JPEG", folder / "large.jpg", {1: 1, 8: 1}),
        _upload("PNG", folder / "window.png", {1: 1, 8: 1, 32: 1}),
        _upload("PNG", folder / "desktop.png", {1: 1, 8: 1}),
        _upload("GIF", folder / "animation.gif", {1: 1, 8: 1, 32: 1}),
    )


def _desktop(corpus_images: Path) -> Image.Image:
    desktop = Image.new("RGB", DESKTOP)
    for number, name in enumerate(SCREENSHOTS):
        with Image.open(corpus_images / name) as window:
            desktop.paste(window.convert("RGB"), (number % 2 * DESKTOP[0] // 2, number // 2 * DESKTOP[1] // 2))
    return desktop


def _upload(format: str, file: Path, each: Mapping[int, int]) -> Upload:
    with Image.open(file) as image:
        size = f"{image.width} x {image.height}"
        count = getattr(image, "n_frames", 1)
        frames = f", {count} frames" if count > 1 else ""
    return Upload(f"{format} {size}{frames}, {file.stat().st_size / 1e3:,.0f} KB", file, each)
