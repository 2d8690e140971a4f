"""Opening and closing the parts of a process in the right order, and its background work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from domain.errors import BlobStoreUnavailable, CalotypeError, DataFolderUnusable, ReadOnly, SecretMissing, Unavailable
from domain.use_cases.access.known_secrets import SecretState
from entrypoints.open_files import raise_file_limit

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application
    from entrypoints.settings import Settings

log = logging.getLogger("calotype")

# Seconds between two runs of each background task.
KEY_USES_EVERY = 30.0  # each run commits, and a commit empties the caches of what was read
PROBE_EVERY = 2.0
RESTART_AFTER = 1.0
TRY_AGAIN_AFTER = 2.0
FOLLOW_EVERY = 1.0
RECONCILE_EVERY = 600.0
EXPIRED_EVERY = 30.0
RESERVE_EVERY = 5.0
RECALL_EVERY = 60.0


@asynccontextmanager
async def opened(
    app: Application, *, staging: bool = True, upgrade: bool = False, made: Callable[[], None] = lambda: None
) -> AsyncIterator[Application]:
    """The application, open, with a database that has the schema of this version. It is closed afterwards.

    ``staging``: whether images or links are needed, or images removed; then the blob store is bound and followed, and staging is open.
    ``upgrade``: whether a database of an older version is upgraded; a server of that version may still be using it. A
    database that does not exist is made in any case; ``made`` is called then.

    Raises:
        Misconfigured: the installation cannot work with these settings.
        DatabaseUnavailable, BlobStoreUnavailable: a part does not answer.
    """
    make_folders(app.settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, app)
        if await _open(app, staging=staging, upgrade=upgrade):
            made()
        if not staging:
            yield app
            return
        # A command may take hours, and blobs may be moved to another store meanwhile.
        follow = _repeatedly("following the store in use", FOLLOW_EVERY, app.stores.bind_store.follow)
        following = asyncio.create_task(follow)
        try:
            yield app
        finally:
            following.cancel()
            await asyncio.wait([following])


async def _open(app: Application, *, staging: bool, upgrade: bool) -> bool:
    """Open the parts, and return whether there was no database yet."""
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
        with suppress(BlobStoreUnavailable):  # it is bound when it answers, before the first image is stored
            await app.stores.bind_store()
    return is_first


class Startup:
    """The opening of the parts of a long-running process. It waits for parts that do not answer."""

    def __init__(self, app: Application, *, upgrade: bool) -> None:
        self._app = app
        self._upgrade = upgrade
        self._problem: CalotypeError | None = None
        self._done = asyncio.Event()

    def check(self) -> None:
        """Return if all parts are open.

        Raises:
            CalotypeError: why they are not.
        """
        if self._problem is not None:
            raise self._problem.with_traceback(None)  # otherwise the traceback grows with each request

    async def probe(self) -> None:
        self.check()

    async def begin(self) -> None:
        """Try once to open all parts. If one does not answer, ``go_on`` continues.

        Raises:
            Misconfigured: the installation cannot work with these settings.
        """
        try:
            await _open(self._app, staging=True, upgrade=self._upgrade)
        except Unavailable as error:
            log.warning("not ready yet, will try again: %s", told(error))
            self._problem = error
        else:
            await _note_secrets(self._app)
            self._done.set()

    async def go_on(self) -> None:
        """Try until all parts are open."""
        while not self._done.is_set():
            await asyncio.sleep(TRY_AGAIN_AFTER)
            try:
                await _open(self._app, staging=True, upgrade=self._upgrade)
            except CalotypeError as error:
                if type(error) is not type(self._problem):
                    log.warning("not ready yet, will try again: %s", told(error))
                self._problem = error
            except Exception:  # a bug; it is logged, and must not end the attempts
                log.exception("not ready yet, will try again")
            else:
                await _note_secrets(self._app)
                log.warning("ready: every part answers")
                self._problem = None
                self._done.set()


@asynccontextmanager
async def kept_running(app: Application, opening: Startup, *, variants: bool) -> AsyncIterator[None]:
    """A long-running process: its parts, opened now or as soon as they answer, and its background work.

    ``variants``: whether it handles background jobs.

    Raises:
        Misconfigured: the installation cannot work with these settings.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, app)
        raise_file_limit()
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
    """The error as text for operators: with its reason, which clients are not told."""
    reason = getattr(error, "reason", "")
    return f"{error.code}: {error} ({reason})" if reason else f"{error.code}: {error}"


async def check_secret(app: Application) -> None:
    """Return if the server secret exists, or may be made because there are no access keys yet.

    Raises:
        SecretMissing: it is missing, and a new one would make every token invalid.
    """
    settings = app.settings
    if settings.auth.secrets or settings.secret_file.exists():
        return
    if await app.access.list_access_keys():
        raise SecretMissing(str(settings.secret_file))


async def _note_secrets(app: Application) -> None:
    """Record which secrets belong to the database, or warn if it has tokens of others."""
    with suppress(ReadOnly, Unavailable):
        if await app.access.record_secrets() is SecretState.OTHER:
            log.warning("the server secret is another one than before: tokens and links of the earlier one are refused")


async def _background(app: Application, opening: Startup, *, variants: bool) -> None:
    """Until cancelled: sweep, watch the blob store, record uses of keys and, with ``variants``, handle jobs."""
    await opening.go_on()
    await _bounded("reading the clock of the database", app.parts.database.clock.look)  # before any job is claimed
    storage = app.settings.storage
    loops: list[Coroutine[Any, Any, object]] = [
        _bounded("starting image workers", app.parts.codec.codec.describe),  # it warns of missing layers of the sandbox
        _repeatedly("sweeping", storage.sweep_every, app.stores.sweep_blobs),
        _repeatedly("forgetting keys of uploads", storage.sweep_every, app.images.forget_submissions),
        _repeatedly("forgetting failed log-ins", storage.sweep_every, app.access.forget_log_ins),
        _repeatedly("forgetting failed jobs", storage.sweep_every, app.jobs.forget_failed_jobs),
        _repeatedly("deleting expired images", EXPIRED_EVERY, app.images.delete_expired_images),
        _repeatedly("following the store in use", FOLLOW_EVERY, app.stores.bind_store.follow),
        _repeatedly("probing the store", PROBE_EVERY, app.parts.storage.blobs.probe),
        _repeatedly("probing the folder of staged files", PROBE_EVERY, app.parts.storage.staging.probe),
        _repeatedly("keeping a reserve on the disk", RESERVE_EVERY, app.parts.database.keep_reserve),
        _repeatedly("recording uses of keys", KEY_USES_EVERY, app.access.record_key_uses),
    ]
    if app.settings.audit.table:
        loops.append(_repeatedly("forgetting the audit", RECONCILE_EVERY, app.audit.forget_audit))
    if variants:
        loops.append(_repeatedly("handling jobs", RESTART_AFTER, lambda: app.parts.jobs.queue.run(app.lanes)))
        loops.append(_repeatedly("recalling jobs", RECALL_EVERY, lambda: _recall(app)))
        loops.append(_repeatedly("reconciling variants", RECONCILE_EVERY, lambda: _reconcile(app)))
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(loop)


async def _recall(app: Application) -> None:
    """Do now what a clock that was ahead has put off."""
    await app.parts.database.clock.look()
    if recalled := await app.jobs.recall_jobs():
        log.warning("%d jobs were put off to a time that a wrong clock had shown, and are done now", recalled)


async def _reconcile(app: Application) -> None:
    """Make the variants of stored images those of the settings, which may have changed since they were stored."""
    async for changed in app.variants.reconcile_variants():
        log.info("making variants again for %d images: they differ from the settings", changed)


async def _repeatedly(what: str, every: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do ``work`` every ``every`` seconds. Errors are logged, but the same error in succession only once."""
    last: str | None = None
    while True:
        last = await _bounded(what, work, known=last)
        await asyncio.sleep(every)


async def _bounded(what: str, work: Callable[[], Awaitable[object]], known: str | None = None) -> str | None:
    """Do ``work``, and return the code of the error that it failed with. The error is logged unless it is ``known``."""
    try:
        await work()
    except ReadOnly:  # said by whoever began it
        return None
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
    """Close the parts that were made."""
    parts = app.parts
    await parts.jobs.close()
    await parts.codec.close()
    await parts.storage.close()
    parts.access.close()
    await parts.database.close()
