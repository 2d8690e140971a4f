"""The facts in the header of a JPEG XL, and the number of its frames."""

from adapters.codec.formats.jxl.container import CODESTREAM, SIGNATURE, opened
from adapters.codec.formats.jxl.header import read_header
from adapters.codec.formats.jxl.libjxl import frames_and_end
from adapters.codec.formats.reading import Source
from domain.model.pixels.media import ImageFacts, ImageFormat

_MOST_BITS = 16  # of a sample, that anything here distinguishes


def matches(head: bytes) -> bool:
    return head.startswith((SIGNATURE, CODESTREAM))


def read_facts(data: Source) -> ImageFacts:
    """What the header states. Width and height are as displayed: decoders turn the pixels by its orientation.

    Raises:
        UndecodableImage: see ``opened``, ``read_header`` and ``frames_and_end``.
        ImageTooLarge: there are more boxes or frames than any image needs.
    """
    container = opened(data)
    header = read_header(container.codestream)
    frames, _ = frames_and_end(container.codestream, header.width * header.height)
    return ImageFacts(
        format=ImageFormat.JXL,
        width=header.width,
        height=header.height,
        frames=frames,
        blocks=container.blocks,
        depth=min(header.depth, _MOST_BITS),
        encoding=header.encoding,
    )
