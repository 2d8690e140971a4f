"""Work that a cancellation must not interrupt."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def run_to_completion(work: Awaitable[Result], *, on_cancel: Callable[[], object] | None = None) -> Result:
    """The result of ``work``, which is carried to its end even if the caller is cancelled meanwhile.

    A caller that is cancelled, however often, waits for the end of ``work`` and is cancelled then; what ``work`` returned
    or raised is dropped. ``on_cancel`` is called as soon as the caller is cancelled, to make ``work`` end sooner.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if on_cancel is not None:
            on_cancel()
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # marked as seen, or asyncio would log it
        raise
