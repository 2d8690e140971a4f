"""Decoding: every frame of a file, or the first one."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageFile
from PIL.MpoImagePlugin import MpoImageFile
from PIL.PngImagePlugin import Blend, PngImageFile

from adapters.codec.pixels.deep import DEEP, eight_bits, low_bytes, with_transparent_colour
from adapters.codec.pixels.gif_frames import composed_frames
from adapters.codec.pixels.resample import Extent
from adapters.codec.pixels.shrink import enough_for
from adapters.codec.shared.worker_memory import would_exceed_bound
from domain.errors import UndecodableImage
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts, ImageFormat

Image.preinit()  # or Pillow would do it when it opens the first file, after the sandbox has closed its folder

# Each thread reserves address space for its stack and heap, which counts towards the worker's bound on memory.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_LEAST_PIXEL_LIMIT = 1_000_000
"""Pixels that Pillow may decode at least: later frames of a GIF may lie outside the image, where nothing shows them."""

_OPAQUE = (255, 255)
_BYTES_PER_PIXEL = 4  # as Pillow stores them


def every_frame(file: BinaryIO, facts: ImageFacts) -> Generator[Image.Image, None, None]:
    """Each frame in turn, decoded whole and as displayed. The next step overwrites it. Frames of a GIF are in mode RGBA.

    Raises:
        UndecodableImage: the pixels contradict ``facts``. Decoders raise other exceptions too.
    """
    if facts.format is ImageFormat.GIF:
        with _bounded(facts):
            yield from composed_frames(file.read(), facts)
        return
    with _opened(file, facts) as image:
        for index in range(facts.frames):
            _seek(image, index, facts)
            image.load()
            yield image
        # A JPEG may be followed by other images, such as a preview, that are not frames. Pillow calls that an MPO.
        if not isinstance(image, MpoImageFile) and _has_frame(image, facts.frames):
            raise UndecodableImage(reason=f"more than {facts.frames} frames")


def decode_first(file: BinaryIO, facts: ImageFacts) -> Image.Image:
    """The first frame at its own size.

    Raises:
        UndecodableImage: the pixels contradict ``facts``. Decoders raise other exceptions too.
    """
    with closing(every_frame(file, facts)) as frames:
        return next(frames)


@contextmanager
def first_frame(file: BinaryIO, facts: ImageFacts, wanted: Dimensions) -> Iterator[tuple[Image.Image, Extent]]:
    """The first frame that is shown, at its own size, or smaller and still enough for one of ``wanted`` (as displayed).

    Raises:
        UndecodableImage: the pixels contradict ``facts``. Decoders raise other exceptions too.
    """
    if facts.format is ImageFormat.GIF:
        with closing(every_frame(file, facts)) as frames:
            frame = next(frames)
            shown = frame if frame.getchannel("A").getextrema() != _OPAQUE else frame.convert("RGB")
            yield shown, shown.size
        return
    with _opened(file, facts) as image:
        _seek(image, int(hides_first(image, facts)), facts)
        raster = (wanted.height, wanted.width) if facts.orientation.swaps_sides else (wanted.width, wanted.height)
        drafted = image.draft(None, enough_for(image.size, raster))
        image.load()
        shown = as_displayed(image, file, facts)
        yield shown, drafted[1][2:] if drafted else shown.size


def hides_first(image: Image.Image, facts: ImageFacts) -> bool:
    """Whether the first frame is not shown: in a PNG it may be for programs that show no animations."""
    return facts.frames > 1 and bool(image.info.get("default_image"))


def as_displayed(frame: Image.Image, file: BinaryIO, facts: ImageFacts) -> Image.Image:
    """``frame``, decoded from ``file``, with what decoders leave out: it is cropped, has 8 bits and is transparent.

    Raises:
        Exception: decoders raise any.
    """
    if facts.crop is not None:
        return frame.crop(facts.crop)
    if frame.mode == "I;16":
        return eight_bits(frame)
    if facts.depth == DEEP and frame.mode == "RGB" and "transparency" in frame.info:
        if facts.frames > 1:
            return with_transparent_colour(frame, None)
        with _opened(file, facts) as again:
            return with_transparent_colour(frame, low_bytes(again))
    return frame


@contextmanager
def _opened(file: BinaryIO, facts: ImageFacts) -> Iterator[ImageFile.ImageFile]:
    with _bounded(facts), Image.open(file, formats=(facts.format.name,)) as image:
        _check_size(image, facts)
        yield image


@contextmanager
def _bounded(facts: ImageFacts) -> Iterator[None]:
    # Pillow refuses images that are more than twice as large as this.
    Image.MAX_IMAGE_PIXELS = max(facts.width * facts.height, _LEAST_PIXEL_LIMIT)
    try:
        yield
    except Exception as error:
        # Some decoders report a broken image when they get no memory. None asks for more than one raster at once.
        if would_exceed_bound(facts.width * facts.height * _BYTES_PER_PIXEL):
            raise MemoryError from error
        raise


def _check_size(image: Image.Image, facts: ImageFacts) -> None:
    if image.size != (facts.width, facts.height):
        raise UndecodableImage(reason=f"{image.size} pixels, not the header's {facts.width} x {facts.height}")


def _seek(image: Image.Image, index: int, facts: ImageFacts) -> None:
    """An animation begins transparent (W3C PNG, third edition, 4.8.1). Pillow would blend it with the hidden frame."""
    begins = index == 1 and hides_first(image, facts)
    if begins:
        transparent = image.info.get("transparency", 0)
        image.paste(max(0, transparent.find(0)) if isinstance(transparent, bytes) else transparent, (0, 0, *image.size))
    image.seek(index)
    if begins and isinstance(image, PngImageFile):
        image.blend_op = Blend.OP_SOURCE


def _has_frame(image: Image.Image, index: int) -> bool:
    try:
        image.seek(index)
    except EOFError:
        return False
    return True
