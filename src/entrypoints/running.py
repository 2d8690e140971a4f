"""Opening and closing a process's parts in the right order, and the work that goes on beside requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from domain.errors import CalotypeError, CannotStart
from entrypoints.container import Container
from entrypoints.settings import Settings

log = logging.getLogger("calotype")

KEY_USES_EVERY = 5.0  # seconds
PROBE_EVERY = 2.0
RESTART_AFTER = 1.0


def contained(settings: Settings) -> Container:
    """The parts for these settings; none of them is open yet."""
    return Container(settings=settings)


@asynccontextmanager
async def opened(container: Container, *, staging: bool = True, upgrade: bool = False) -> AsyncIterator[Container]:
    """The container with its database at this version's schema and its blob store bound; closed afterwards.

    ``staging`` is for those who store or print pictures. A database that is not there yet is made; one of an older
    version is brought to this one only with ``upgrade``, since a server of that version may be using it.

    Raises:
        Misconfigured: the installation cannot work as it is set up.
        DatabaseUnavailable, BlobStoreUnavailable: a part does not answer.
    """
    make_folders(container.settings())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, container)
        if upgrade or await container.schema().is_absent():
            await container.schema().upgrade()
        await container.schema().check()
        await check_secret(container)
        container.secrets()
        await container.bind_store()()
        if staging:
            container.staging().open()
        yield container


async def check_secret(container: Container) -> None:
    """Return unless the secret that there are keys for is gone.

    Raises:
        CannotStart: a new one would silently make every token worthless.
    """
    settings = container.settings()
    if settings.auth.secrets or settings.secret_file.exists():
        return
    if await container.list_access_keys()():
        raise CannotStart(
            f"The secret file {settings.secret_file} is missing, and every token hangs on it. Restore it, or, if it is "
            "lost for good, write a new one of 32 characters or more there; tokens must then be handed out anew."
        )


@asynccontextmanager
async def background(container: Container, *, variants: bool) -> AsyncIterator[None]:
    """Sweep, watch the blob store, write down uses of keys and, if asked, make variants, until the context is left."""
    storage = container.settings().storage
    loops = [
        _repeatedly("sweeping", storage.sweep_every, container.sweep_blobs()),
        _repeatedly("probing the blob store", PROBE_EVERY, container.blobs().probe),
        _repeatedly("recording uses of keys", KEY_USES_EVERY, container.record_key_uses()),
    ]
    if variants:
        make_variants = container.make_variants()
        loops.append(_repeatedly("making variants", RESTART_AFTER, lambda: container.jobs().run(make_variants)))
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await _bounded("recording uses of keys", container.record_key_uses())


async def _repeatedly(what: str, every: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        await _bounded(what, work)
        await asyncio.sleep(every)


async def _bounded(what: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except CalotypeError as error:  # a part is away; the next round will find it back
        log.warning("%s failed: %s", what, error.code)
    except Exception:
        log.exception("%s failed", what)


def make_folders(settings: Settings) -> None:
    try:
        settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The data folder {settings.data_folder} cannot be made: {error.strerror}.") from error


async def close(container: Container) -> None:
    await container.codec().close()
    container.staging().close()
    container.passwords().close()
    await container.lookups().close()
    await container.engine().dispose()
