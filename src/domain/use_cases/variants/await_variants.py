"""Wait until the variants of an image are made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.model.images.image import Image
from domain.ports.concurrency import Pauses

FIRST_PAUSE = timedelta(seconds=0.1)
LONGEST_PAUSE = timedelta(seconds=1)
GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class AwaitVariants:
    """Read an image again and again, after growing pauses, until none of its variants is pending.

    Nothing is held during a pause.
    """

    pauses: Pauses

    async def __call__(self, image: Image, read: Callable[[], Awaitable[Image]], longest: timedelta) -> Image:
        """``image`` as soon as no variant of it is pending, or as it is after pauses of ``longest`` in all.

        ``read`` returns the image as it is now; what it raises ends the wait.
        """
        pause, left = FIRST_PAUSE, longest
        while image.has_pending_variants and left > timedelta():
            pause = min(pause, left)
            await self.pauses.pause(pause)
            image = await read()
            left -= pause
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        return image
