"""From bytes to pixels: every frame, or the first."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import AvifImagePlugin, Image
from PIL.MpoImagePlugin import MpoImageFile

from adapters.codec.shared.worker_memory import would_pass_the_bound
from domain.errors import UndecodableImage
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFacts

Image.preinit()  # or Pillow would do it when it opens the first file, after the sandbox has closed its folder

# Each thread reserves address space for its stack and heap, which the bound on memory would count as the picture's.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_PIXELS_OUTSIDE = 1_000_000
_BYTES_PER_PIXEL = 4


def every_frame(file: BinaryIO, facts: ImageFacts) -> Generator[Image.Image, None, None]:
    """Each frame in turn, decoded whole and as it is shown. It is one object: look at a frame before the next.

    Raises:
        UndecodableImage: the pixels contradict ``facts``. The decoder raises much else.
    """
    with _opened(file, facts) as picture:
        for index in range(facts.frames):
            picture.seek(index)
            picture.load()
            yield picture
        # A JPEG may be followed by others, such as a preview, that are no frames of it. Pillow calls such a file an MPO.
        if not isinstance(picture, MpoImageFile) and _has_frame(picture, facts.frames):
            raise UndecodableImage(reason=f"more than {facts.frames} frames")


def whole(file: BinaryIO, facts: ImageFacts) -> Image.Image:
    """The first frame at its own size, once more.

    Raises:
        UndecodableImage: the pixels contradict ``facts``. The decoder raises much else.
    """
    with _opened(file, facts) as picture:
        picture.load()
        return picture


@contextmanager
def first_frame(file: BinaryIO, facts: ImageFacts, enough: Dimensions) -> Iterator[Image.Image]:
    """The first frame, at any size that is at least ``enough`` (which is as displayed) or the picture's own.

    Raises:
        UndecodableImage: the pixels contradict ``facts``. The decoder raises much else.
    """
    with _opened(file, facts) as picture:
        if facts.orientation.swaps_sides:
            picture.draft(None, (enough.height, enough.width))
        else:
            picture.draft(None, (enough.width, enough.height))
        picture.load()
        yield picture


@contextmanager
def _opened(file: BinaryIO, facts: ImageFacts) -> Iterator[Image.Image]:
    # Pillow refuses whatever is more than twice as large as this. Later frames of a GIF may lie outside of the picture,
    # where Pillow decodes them and nothing shows them.
    Image.MAX_IMAGE_PIXELS = max(facts.width * facts.height, _PIXELS_OUTSIDE)
    try:
        with Image.open(file, formats=(facts.format.name,)) as picture:
            _agree(picture, facts)
            yield picture
    except Exception as error:
        # No decoder asks for more than a raster at once; and some call a picture broken when they could not have one.
        if would_pass_the_bound(facts.width * facts.height * _BYTES_PER_PIXEL):
            raise MemoryError from error
        raise


def _agree(picture: Image.Image, facts: ImageFacts) -> None:
    if picture.size != (facts.width, facts.height):
        raise UndecodableImage(reason=f"{picture.size} pixels, not the header's {facts.width} x {facts.height}")


def _has_frame(picture: Image.Image, index: int) -> bool:
    try:
        picture.seek(index)
    except EOFError:
        return False
    return True
