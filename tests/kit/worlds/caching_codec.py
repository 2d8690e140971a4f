"""The real codec, asked once for each picture; a life that is lived hundreds of times need not compress as often."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionPlan
from domain.model.pixels.media import ImageFacts
from domain.ports.codec import CompressedImage, DerivedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath


class CachingCodec(ImageCodec):
    def __init__(self, codec: ImageCodec) -> None:
        self._codec = codec
        self._compressed: dict[tuple[str, CompressionPlan], tuple[CompressedImage, bytes]] = {}
        self._derived: dict[str, list[tuple[DerivedImage, bytes]]] = {}

    async def inspect(self, source: StagedFile) -> ImageFacts:
        return await self._codec.inspect(source)

    async def compress(
        self, source: StagedFile, facts: ImageFacts, plan: CompressionPlan, target: StagedPath
    ) -> CompressedImage:
        question = source.digest, plan
        if question not in self._compressed:
            made = await self._codec.compress(source, facts, plan, target)
            self._compressed[question] = made, Path(target).read_bytes()
        made, data = self._compressed[question]
        Path(target).write_bytes(data)
        return replace(made, file=replace(made.file, path=target))

    async def derive(
        self, source: StagedPath, targets: Sequence[tuple[VariantSpec, StagedPath]]
    ) -> Sequence[DerivedImage]:
        question = hashlib.sha256(Path(source).read_bytes() + repr([spec for spec, _ in targets]).encode()).hexdigest()
        if question not in self._derived:
            made = await self._codec.derive(source, targets)
            self._derived[question] = [(each, Path(each.file.path).read_bytes()) for each in made]
        paths = {spec.name: path for spec, path in targets}
        for each, data in self._derived[question]:
            Path(paths[each.name]).write_bytes(data)
        return [replace(each, file=replace(each.file, path=paths[each.name])) for each, _ in self._derived[question]]
