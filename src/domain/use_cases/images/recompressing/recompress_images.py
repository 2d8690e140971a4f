"""Make all stored images smaller, by today's settings."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from domain.errors import CalotypeError, ImageNotFound
from domain.model.images.image import Image
from domain.ports.concurrency import Concurrency
from domain.use_cases.images.recompressing.recompress_image import Recompressed, RecompressImage
from domain.use_cases.images.walk_images import WalkImages


@dataclass(frozen=True, slots=True)
class RecompressionBegun:
    """How many images there are to check; images may be added and deleted meanwhile."""

    images: int


@dataclass(frozen=True, slots=True)
class ImageSkipped:
    """Left as it is. ``is_kept_from_loss``: it could be made smaller ``further``; otherwise it was compressed before."""

    image: Image
    is_kept_from_loss: bool


@dataclass(frozen=True, slots=True)
class ImageGone:
    """Deleted before its turn came."""

    image: Image


@dataclass(frozen=True, slots=True)
class RecompressionFailed:
    """Left as it is, because of ``error``."""

    image: Image
    error: CalotypeError


ImageOutcome: TypeAlias = Recompressed | ImageSkipped | ImageGone | RecompressionFailed


@dataclass(frozen=True, slots=True)
class RecompressionTally:
    """The result for all images: how many were checked and became smaller, and their bytes before and after.

    Not checked are images ``kept_from_loss``, and those ``compressed_before``, in today's mode or with loss.
    """

    checked: int = 0
    smaller: int = 0
    before: int = 0
    after: int = 0
    failed: int = 0
    kept_from_loss: int = 0
    compressed_before: int = 0

    def counting(self, outcome: ImageOutcome) -> "RecompressionTally":
        """This tally with one more image."""
        match outcome:
            case Recompressed(before=before, after=after):
                return replace(
                    self,
                    checked=self.checked + 1,
                    smaller=self.smaller + outcome.is_smaller,
                    before=self.before + before,
                    after=self.after + after.size,
                )
            case ImageSkipped(is_kept_from_loss=kept):
                return replace(
                    self,
                    kept_from_loss=self.kept_from_loss + kept,
                    compressed_before=self.compressed_before + (not kept),
                )
            case RecompressionFailed():
                return replace(self, failed=self.failed + 1)
            case ImageGone():
                return self


@dataclass(frozen=True, slots=True)
class RecompressImages:
    """Recompress every image of a user, or of all users, several at once.

    - Images that were compressed in today's mode before are skipped, unless they are to be compressed ``again``.
    - An image that cannot be compressed stays as it is and does not stop the others.
    - It can be stopped at any time and continues when it is run again.
    """

    walk: WalkImages
    recompress: RecompressImage
    concurrency: Concurrency
    at_once: int

    async def __call__(
        self, username: str | None, *, further: bool, again: bool, dry_run: bool
    ) -> AsyncIterator[RecompressionBegun | ImageOutcome | RecompressionTally]:
        """The number of images, then the result for each, and finally the tally.

        Args:
            username: Whose images; None for those of all users.
            further: Compress as far as the settings say, also what was stored with less loss, or without any.
            again: Compress also what was compressed in the same mode before.
            dry_run: Change nothing.

        Raises:
            UserNotFound: there is no such user.
        """
        yield RecompressionBegun(await self.walk.count(username))
        tally = RecompressionTally()

        async def one(image: Image) -> ImageOutcome:
            if not again and self.recompress.mode_for(image, further=further) is image.original.receipt.mode:
                is_kept = self.recompress.mode_for(image, further=True) is not image.original.receipt.mode
                return ImageSkipped(image, is_kept)
            try:
                return await self.recompress(image.id, further=further, dry_run=dry_run)
            except ImageNotFound:
                return ImageGone(image)
            except CalotypeError as error:
                return RecompressionFailed(image, error)

        async with aclosing(self.concurrency.each(self.walk(username), one, at_once=self.at_once)) as outcomes:
            async for outcome in outcomes:
                tally = tally.counting(outcome)
                yield outcome
        yield tally
