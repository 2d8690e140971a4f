"""The boxes of a HEIC (ISO/IEC 23008-12): what they state of its primary image. Its tracks are ignored."""

from adapters.codec.formats.avif.boxes import Box, boxes, brands
from adapters.codec.formats.avif.colour import stated_encoding
from adapters.codec.formats.avif.facts import primary_item, properties_of
from adapters.codec.formats.avif.items import holds_gain_map
from adapters.codec.formats.reading import Source, unsigned
from domain.errors import UndecodableImage
from domain.model.pixels.source import SourceFacts, SourceFormat

_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AV1_BRANDS = frozenset((b"avif", b"avis"))
_APPLE_GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap"  # the kind of an auxiliary image
_IMAGES = frozenset((b"hvc1", b"grid", b"iovl", b"iden"))


def matches(head: bytes) -> bool:
    found = frozenset(brands(head))
    return not _BRANDS.isdisjoint(found) and _AV1_BRANDS.isdisjoint(found)


def read_facts(data: Source) -> SourceFacts:
    """What the boxes state of the primary image, as displayed, and how many images there are beside it.

    Raises:
        UndecodableImage: there is no primary image, or its size is not stated.
        ImageTooLarge: there are more boxes or entries than any image needs.
    """
    whole, blocks = boxes(data)
    meta = whole.need(b"meta")
    properties = tuple(properties_of(data, meta, primary_item(data, meta)))
    extents = next((each for each in properties if each.kind == b"ispe"), None)
    if extents is None:
        raise UndecodableImage(reason="a HEIC that states no size")
    width, height = _size(data, extents)
    depth = 8
    for each in properties:
        if each.kind == b"clap":
            width, height = _cut(data, each, width, height)
        elif each.kind == b"irot" and unsigned(data, each.body, 1) & 1:
            width, height = height, width
        elif each.kind == b"pixi" and unsigned(data, each.body + 4, 1):
            depth = max(depth, unsigned(data, each.body + 5, 1))
    if not (width and height):
        raise UndecodableImage(reason="a HEIC of no size")
    return SourceFacts(
        format=SourceFormat.HEIC,
        width=width,
        height=height,
        tile=max(max(_size(data, each)) for each in meta.need(b"iprp", b"ipco").all(b"ispe")),
        pages=max(1, _shown_images(data, meta)),
        blocks=blocks,
        depth=min(depth, 16),
        encoding=stated_encoding(data, properties),
        gain_map=holds_gain_map(data) or _has_gain_map_of_apple(data, meta),
    )


def _size(data: Source, ispe: Box) -> tuple[int, int]:
    return unsigned(data, ispe.body + 4, 4), unsigned(data, ispe.body + 8, 4)


def _cut(data: Source, clap: Box, width: int, height: int) -> tuple[int, int]:
    """The size of a clean aperture, as far as it lies within the image."""
    numbers = [unsigned(data, clap.body + 4 * index, 4) for index in range(4)]
    wide, high = (
        (above + below // 2) // below if below else 0
        for above, below in ((numbers[0], numbers[1]), (numbers[2], numbers[3]))
    )
    return min(wide, width) or width, min(high, height) or height


def _has_gain_map_of_apple(data: Source, meta: Box) -> bool:
    kinds = meta.need(b"iprp", b"ipco").all(b"auxC")
    return any(_APPLE_GAIN_MAP in data[each.body : each.end] for each in kinds)


def _shown_images(data: Source, meta: Box) -> int:
    """The images that are no part of another and not hidden: thumbnails, tiles, depth maps and gain maps do not count."""
    parts: set[int] = set()
    iref = meta.find(b"iref")
    if iref is not None:
        wide = unsigned(data, iref.body, 1) != 0
        for each in iref.children:
            step = 4 if wide else 2
            source, count = unsigned(data, each.body, step), unsigned(data, each.body + step, 2)
            if each.kind == b"dimg":
                targets = range(
                    each.body + step + 2, min(each.body + step + 2 + step * count, each.end - step + 1), step
                )
                parts.update(unsigned(data, at, step) for at in targets)
            elif each.kind in (b"thmb", b"auxl"):
                parts.add(source)
    images = 0
    for infe in meta.need(b"iinf").all(b"infe"):
        version, flags = unsigned(data, infe.body, 1), unsigned(data, infe.body + 1, 3)
        step = 4 if version >= 3 else 2
        item, kind = unsigned(data, infe.body + 4, step), data[infe.body + 6 + step : infe.body + 10 + step]
        images += kind in _IMAGES and not flags & 1 and item not in parts
    return images
