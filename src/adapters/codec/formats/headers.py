"""What a file says of its picture, and the file without private metadata, both without decoding a pixel.

No step looks at more than the file's structure, none allocates by a number that the file states, and none takes more
than ``MOST_BLOCKS`` steps beyond those over the compressed data.
"""

from typing import assert_never

from adapters.codec.formats import gif, jpeg, png, webp
from adapters.codec.formats.avif import facts, strip
from adapters.codec.formats.reading import Source
from adapters.codec.formats.signatures import HEAD_SIZE, recognise
from domain.model.pixels.media import ImageFacts, ImageFormat


def read_facts(data: Source) -> ImageFacts:
    """What the file states. Damage within the compressed pixels is the decoder's to find.

    Raises:
        FormatNotAccepted: it is a recognised kind of file, but not one of ours.
        UndecodableImage: it is no image, or its structure is broken.
        ImageTooLarge: it has more blocks than any picture needs.
    """
    match recognise(data[:HEAD_SIZE]):
        case ImageFormat.JPEG:
            return jpeg.facts(data)
        case ImageFormat.PNG:
            return png.facts(data)
        case ImageFormat.GIF:
            return gif.facts(data)
        case ImageFormat.WEBP:
            return webp.facts(data)
        case ImageFormat.AVIF:
            return facts.facts(data)
        case other:
            assert_never(other)


def strip_metadata(data: Source, facts: ImageFacts) -> bytes:
    """The same picture without EXIF, XMP, IPTC, comments, thumbnails, provenance, or anything after its end.

    The compressed pixels, frames, timing and colour profile are carried over as they are, and so is the orientation.
    Never larger than ``data``. ``facts`` are those that ``read_facts`` gave for the same bytes.

    Raises:
        UndecodableImage: its structure is broken where only stripping looks.
        ImageTooLarge: it has more blocks than any picture needs.
    """
    match facts.format:
        case ImageFormat.JPEG:
            return jpeg.stripped(data, facts.orientation)
        case ImageFormat.PNG:
            return png.stripped(data, facts.orientation)
        case ImageFormat.GIF:
            return gif.stripped(data)
        case ImageFormat.WEBP:
            return webp.stripped(data, facts.orientation)
        case ImageFormat.AVIF:
            return strip.stripped(data)
        case other:
            assert_never(other)
