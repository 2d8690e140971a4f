"""Images: the workers that decode them, and the policies of admission, compression and variants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain.model.images.variant import VariantSpec
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionPolicy
from domain.model.pixels.media import ImageFormat
from entrypoints.assembly.made import is_made
from entrypoints.assembly.system import SystemParts
from entrypoints.settings import Settings
from entrypoints.shares import image_workers

if TYPE_CHECKING:
    from adapters.codec.pool.codec import PooledImageCodec
    from adapters.codec.shared.limits import PoolLimits

_KEPT = ":keep"  # behind a source format whose files are stored as they are


@dataclass(frozen=True)
class CodecParts:
    settings: Settings
    system: SystemParts

    @cached_property
    def limits(self) -> PoolLimits:
        """The limits of image workers."""
        from adapters.codec.shared.limits import PoolLimits, SandboxMode

        images = self.settings.images
        return PoolLimits(
            workers=image_workers(self.settings),
            waiting=images.waiting,
            longest_wait=images.longest_wait,
            deadline=images.deadline,
            memory=images.memory * 1024 * 1024,
            tasks_per_worker=images.per_worker,
            sandbox=SandboxMode(images.sandbox),
        )

    @cached_property
    def codec(self) -> PooledImageCodec:
        """The image workers of this process."""
        from adapters.codec.pool.codec import PooledImageCodec

        return PooledImageCodec(self.limits, self.system.meter)

    @cached_property
    def admission(self) -> AdmissionPolicy:
        images = self.settings.images
        return AdmissionPolicy(
            pixels=images.pixels,
            side=images.side,
            frames=images.frames,
            pixels_over_all_frames=images.pixels_over_all_frames,
            scans=images.scans,
            formats=frozenset(each.removesuffix(_KEPT) for each in images.accept),
            kept=frozenset(each.removesuffix(_KEPT) for each in images.accept if each.endswith(_KEPT)),
        )

    @cached_property
    def compression(self) -> CompressionPolicy:
        return CompressionPolicy(self.settings.images.compression)

    @cached_property
    def variants(self) -> tuple[VariantSpec, ...]:
        """The variants that are to be made."""
        return tuple(
            VariantSpec(
                name,
                height=each.height or None,
                width=each.width or None,
                fit=each.fit,
                format=None if each.format == "auto" else ImageFormat(each.format),
                avif=each.avif and each.format == "auto",
            )
            for name, each in self.settings.variants.items()
            if each.enabled
        )

    async def close(self) -> None:
        if is_made(self, CodecParts.codec):
            await self.codec.close()
