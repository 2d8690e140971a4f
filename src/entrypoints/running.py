"""Opening and closing a process's parts in the right order, and the work that goes on beside requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from domain.errors import BlobStoreUnavailable, CalotypeError, DataFolderUnusable, SecretMissing, Unavailable
from entrypoints.assembly.application import Application
from entrypoints.settings import Settings

log = logging.getLogger("calotype")

KEY_USES_EVERY = 30.0  # seconds; each time is a commit, after which everything that was read is read anew
PROBE_EVERY = 2.0
RESTART_AFTER = 1.0
TRY_AGAIN_AFTER = 2.0
FOLLOW_EVERY = 1.0
RECONCILE_EVERY = 600.0


@asynccontextmanager
async def opened(app: Application, *, staging: bool = True, upgrade: bool = False) -> AsyncIterator[Application]:
    """The application with its database at this version's schema; closed afterwards.

    ``staging`` is for those who deal in pictures or links: the blob store is bound and followed, the staging area open.
    A database that is not there yet is made; one of an older version is brought to this one only with ``upgrade``, since
    a server of that version may be using it.

    Raises:
        Misconfigured: the installation cannot work as it is set up.
        DatabaseUnavailable, BlobStoreUnavailable: a part does not answer.
    """
    make_folders(app.settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, app)
        await _open(app, staging=staging, upgrade=upgrade)
        if not staging:
            yield app
            return
        # A command may take hours, and the store may move meanwhile.
        follow = _repeatedly("following the store in use", FOLLOW_EVERY, app.stores.bind_store.follow)
        following = asyncio.create_task(follow)
        try:
            yield app
        finally:
            following.cancel()
            await asyncio.wait([following])


async def _open(app: Application, *, staging: bool, upgrade: bool) -> None:
    is_first = await app.parts.database.schema.is_absent()
    if upgrade or is_first:
        await app.parts.database.schema.upgrade()
    await app.parts.database.schema.check()
    await check_secret(app)
    _ = app.parts.access.secrets  # made or refused now, not at the first request
    if staging:
        await app.stores.bind_store()
        app.parts.storage.staging.open()
    elif is_first:
        with suppress(BlobStoreUnavailable):  # whoever stores pictures binds it when it is there
            await app.stores.bind_store()


class Startup:
    """How far a long-running process is with opening its parts. A part that does not answer is waited for."""

    def __init__(self, app: Application, *, upgrade: bool) -> None:
        self._app = app
        self._upgrade = upgrade
        self._problem: CalotypeError | None = None
        self._done = asyncio.Event()

    def check(self) -> None:
        """Return if all parts are open.

        Raises:
            CalotypeError: what is in the way.
        """
        if self._problem is not None:
            raise self._problem.with_traceback(None)  # or it would grow by a frame with each request

    async def probe(self) -> None:
        self.check()

    async def begin(self) -> None:
        """Try once. What does not answer is left for ``go_on``.

        Raises:
            Misconfigured: the installation cannot work as it is set up.
        """
        try:
            await _open(self._app, staging=True, upgrade=self._upgrade)
        except Unavailable as error:
            log.warning("not ready yet, and trying on: %s", told(error))
            self._problem = error
        else:
            self._done.set()

    async def go_on(self) -> None:
        """Return when all parts are open."""
        while not self._done.is_set():
            await asyncio.sleep(TRY_AGAIN_AFTER)
            try:
                await _open(self._app, staging=True, upgrade=self._upgrade)
            except CalotypeError as error:
                if type(error) is not type(self._problem):
                    log.warning("not ready yet, and trying on: %s", told(error))
                self._problem = error
            except Exception:  # a mistake of ours, which must not end the trying without a word
                log.exception("not ready yet, and trying on")
            else:
                log.warning("ready: every part answers")
                self._problem = None
                self._done.set()


@asynccontextmanager
async def kept_running(app: Application, opening: Startup, *, variants: bool) -> AsyncIterator[None]:
    """The parts of a process that runs for long, opened now or as soon as they answer, and its background work.

    Raises:
        Misconfigured: the installation cannot work as it is set up.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, app)
        make_folders(app.settings)
        await opening.begin()
        work = asyncio.create_task(_background(app, opening, variants=variants))
        try:
            yield
        finally:
            work.cancel()
            await asyncio.wait([work])
            await _bounded("recording uses of keys", app.access.record_key_uses)


def told(error: CalotypeError) -> str:
    """An error for the log, with what is for the operator only."""
    reason = getattr(error, "reason", "")
    return f"{error.code}: {error} ({reason})" if reason else f"{error.code}: {error}"


async def check_secret(app: Application) -> None:
    """Return unless the secret that there are keys for is gone.

    Raises:
        SecretMissing: a new one would silently make every token worthless.
    """
    settings = app.settings
    if settings.auth.secrets or settings.secret_file.exists():
        return
    if await app.access.list_access_keys():
        raise SecretMissing(str(settings.secret_file))


async def _background(app: Application, opening: Startup, *, variants: bool) -> None:
    """Sweep, watch the blob store, write down uses of keys and, if asked, make variants, until cancelled."""
    await opening.go_on()
    storage = app.settings.storage
    loops: list[Coroutine[Any, Any, object]] = [
        _repeatedly("sweeping", storage.sweep_every, app.stores.sweep_blobs),
        _repeatedly("forgetting keys of uploads", storage.sweep_every, app.images.forget_submissions),
        _repeatedly("following the store in use", FOLLOW_EVERY, app.stores.bind_store.follow),
        _repeatedly("probing the blob store", PROBE_EVERY, app.parts.storage.blobs.probe),
        _repeatedly("recording uses of keys", KEY_USES_EVERY, app.access.record_key_uses),
    ]
    if variants:
        handlers = app.job_handlers
        loops.append(_repeatedly("handling jobs", RESTART_AFTER, lambda: app.parts.jobs.queue.run(handlers)))
        loops.append(_repeatedly("reconciling variants", RECONCILE_EVERY, lambda: _reconcile(app)))
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(loop)


async def _reconcile(app: Application) -> None:
    """What is stored may be older than today's settings, or made by an instance that had others."""
    async for changed in app.variants.reconcile_variants():
        log.info("the variants of %d pictures are not those of the settings: they will be made", changed)


async def _repeatedly(what: str, every: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do ``work`` on and on. A part that is away is found back by a later round; its absence is told once."""
    last: str | None = None
    while True:
        last = await _bounded(what, work, known=last)
        await asyncio.sleep(every)


async def _bounded(what: str, work: Callable[[], Awaitable[object]], known: str | None = None) -> str | None:
    """The code of the error that ``work`` failed with, which is told unless it is ``known``."""
    try:
        await work()
    except CalotypeError as error:
        if error.code != known:
            log.warning("%s failed: %s", what, told(error))
        return error.code
    except Exception:
        log.exception("%s failed", what)
    return None


def make_folders(settings: Settings) -> None:
    try:
        settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderUnusable(str(settings.data_folder), error.strerror or "it cannot be written") from error


async def close(app: Application) -> None:
    await app.parts.jobs.queue.close()
    await app.parts.codec.codec.close()
    app.parts.storage.staging.close()
    app.parts.access.passwords.close()
    await app.parts.database.lookups.close()
    await app.parts.database.catalogue.close()
    await app.parts.storage.blobs.close()
    await app.parts.database.engine.dispose()
