"""Variants: small pictures made from a large one."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from adapters.codec import staged
from adapters.codec.decode import first_frame
from adapters.codec.headers import read_facts
from adapters.codec.render import rendered
from domain.model.geometry import Dimensions
from domain.model.media import ImageFormat
from domain.model.variant import VariantSpec
from domain.ports.codec import DerivedImage
from domain.ports.staging import StagedPath

# A variant keeps its original's format; only of a GIF, PNG holds more colours and a smooth edge.
_FORMATS = {ImageFormat.GIF: ImageFormat.PNG}
_ENCODING: Mapping[ImageFormat, Mapping[str, Any]] = {
    ImageFormat.JPEG: {"quality": 85, "subsampling": "4:4:4", "optimize": True, "progressive": True},
    ImageFormat.PNG: {"optimize": True},
    ImageFormat.WEBP: {"quality": 82, "method": 4},
    ImageFormat.AVIF: {"quality": 70, "speed": 8, "max_threads": 1},
}
_OVERSIZE = 2  # a JPEG decoded to at least twice the size of its largest variant loses nothing that could be seen


def derive(source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]) -> tuple[DerivedImage, ...]:
    """Write each variant of the first frame of ``source`` to its path: upright, in sRGB, without metadata.

    Raises:
        UndecodableImage: its pixels contradict its header. The decoder raises much else for damaged files.
    """
    with staged.opened(source) as file:
        with staged.mapped(file) as data:
            facts = read_facts(data)
        sizes = [facts.displayed.scaled_to_height(spec.height) for spec, _ in targets]
        format = _FORMATS.get(facts.format, facts.format)
        enough = Dimensions(
            _OVERSIZE * max(size.width for size in sizes), _OVERSIZE * max(size.height for size in sizes)
        )
        with first_frame(file, facts, enough) as picture:
            encoded = [_encoded(rendered(picture, facts, size), format) for size in sizes]
    return tuple(
        DerivedImage(name=spec.name, file=staged.write(target, data), format=format, dimensions=size)
        for (spec, target), data, size in zip(targets, encoded, sizes, strict=True)
    )


def _encoded(picture: Image.Image, format: ImageFormat) -> bytes:
    file = BytesIO()
    picture.save(file, format.name, **_ENCODING[format])
    return file.getvalue()
