"""How parts are made of the settings."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.blobs.filesystem import FilesystemBlobStore
from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.links import MinioLinks
from adapters.blobs.s3.store import DEADLINE, SLOWEST, MinioBlobStore
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.sql.probe import SqlProbe
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.transactions.engine import libpq_url
from adapters.system import server_secrets
from adapters.system.attempts import RecentAttempts
from adapters.system.clock import SystemClock
from adapters.system.links import HmacLinks
from adapters.system.server_secrets import ServerSecrets
from adapters.system.staging import FolderStaging
from domain.model.access.throttle import Throttle
from domain.model.images.variant import MAKE_VARIANTS, Fit, VariantSpec
from domain.model.jobs.job import JobKind
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.media import ImageFormat
from domain.model.storage.store_move import StoreName
from domain.ports.blobs import BlobLinks, BlobStore
from domain.ports.jobs import JobHandler
from domain.use_cases.check_health import Probe
from domain.use_cases.variants.make_variants import MakeVariants
from entrypoints.settings import S3Store, Settings, Store, Variant
from entrypoints.shares import image_workers

if TYPE_CHECKING:
    from adapters.jobs.procrastinate import ProcrastinateJobQueue


def secrets_of(settings: Settings) -> ServerSecrets:
    """Those in the settings, or those in the file that they name."""
    if settings.auth.secrets:
        return server_secrets.given(settings.auth.secrets)
    return server_secrets.kept_in(settings.secret_file)


def stores_of(settings: Settings) -> dict[StoreName, FilesystemBlobStore | MinioBlobStore]:
    """By the names of their sections; the first is the one that a fresh installation uses."""
    return {StoreName(name): store_of(store, settings.data_folder) for name, store in settings.stores.items()}


def store_of(store: Store, data: Path) -> FilesystemBlobStore | MinioBlobStore:
    return MinioBlobStore(bucket_of(store)) if isinstance(store, S3Store) else FilesystemBlobStore(store.folder(data))


def bucket_of(store: S3Store) -> MinioBucket:
    """How an S3 store is reached."""
    return MinioBucket(
        endpoint=store.endpoint,
        public_endpoint=store.public_endpoint,
        bucket=store.bucket,
        access_key=store.access_key,
        secret_key=store.secret_key,
        region=store.region,
        secure=store.secure,
    )


def links_of(settings: Settings, own: HmacLinks) -> dict[StoreName, BlobLinks]:
    """Those that lead into each store: its own, where it answers such."""
    return {
        StoreName(name): MinioLinks(bucket_of(store), settings.http.link_lifetime)
        if isinstance(store, S3Store)
        else own
        for name, store in settings.stores.items()
    }


def longest_put(settings: Settings) -> timedelta:
    """How long the largest upload may be on its way into a store."""
    return timedelta(seconds=DEADLINE + settings.images.largest_file / SLOWEST)


def specs_of(variants: Mapping[str, Variant]) -> tuple[VariantSpec, ...]:
    """The variants that are to be made."""
    return tuple(
        VariantSpec(
            name,
            height=each.height or None,
            width=each.width or None,
            fit=Fit(each.fit),
            format=None if each.format == "auto" else ImageFormat(each.format),
        )
        for name, each in variants.items()
        if each.enabled
    )


def jobs_of(
    settings: Settings, units: SqlUnitsOfWork, clock: SystemClock
) -> "EmbeddedJobQueue | ProcrastinateJobQueue":
    """The engine of the background work."""
    jobs = settings.jobs
    if jobs.engine == "procrastinate":
        from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace  # noqa: PLC0415  # dear, and rarely needed

        pace = ProcrastinatePace(concurrency=jobs.concurrency)
        return ProcrastinateJobQueue(libpq_url(settings.database_url), units, clock, pace)
    return EmbeddedJobQueue(
        units, clock, EmbeddedQueuePace(concurrency=jobs.concurrency, poll=jobs.poll, lease=jobs.lease)
    )


def job_handlers_of(make_variants: MakeVariants) -> Mapping[JobKind, JobHandler]:
    """What handles the jobs of each kind; a new kind is one row here and its use case."""
    return {MAKE_VARIANTS: make_variants}


def admission_of(settings: Settings) -> AdmissionPolicy:
    """What is let in."""
    images = settings.images
    return AdmissionPolicy(
        pixels=images.pixels,
        side=images.side,
        frames=images.frames,
        pixels_over_all_frames=images.pixels_over_all_frames,
        scans=images.scans,
    )


def pool_limits_of(settings: Settings) -> PoolLimits:
    """What image workers may take."""
    images = settings.images
    return PoolLimits(
        workers=image_workers(settings),
        waiting=images.waiting,
        longest_wait=images.longest_wait,
        deadline=images.deadline,
        memory=images.memory * 1024 * 1024,
        sandbox=SandboxMode(images.sandbox),
    )


def codec_of(limits: PoolLimits, staging: FolderStaging) -> PooledImageCodec:
    """Image workers that read and write staged files."""
    return PooledImageCodec(limits, readable=[str(staging.inlets)], writable=[str(staging.outlets)])


def attempts_of(settings: Settings) -> RecentAttempts:
    """What remembers failed log-ins."""
    return RecentAttempts(
        per_address=Throttle(settings.auth.failures_per_address, 60.0),
        per_username=Throttle(settings.auth.failures_per_name, 60.0),
        elapsed=time.monotonic,
    )


def probes_of(database: SqlProbe, store: BlobStore) -> dict[str, Probe]:
    """What a healthy service stands on, by the names that operators see."""
    return {"database": database.probe, "storage": store.probe}
