"""The composition root: which adapter stands behind which port, by the settings. Nothing else is decided here."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from adapters.blobs.filesystem import FilesystemBlobStore
from adapters.blobs.minio import MinioBlobStore
from adapters.blobs.minio_bucket import MinioBucket
from adapters.blobs.minio_links import MinioLinks
from adapters.codec.limits import PoolLimits, SandboxMode
from adapters.codec.pool import PooledImageCodec
from adapters.jobs.embedded import EmbeddedJobQueue, EmbeddedQueuePace
from adapters.sql.drivers import make_driver
from adapters.sql.engine import libpq_url, make_engine, parse_database_url
from adapters.sql.lookups import SqlLookups
from adapters.sql.probe import SqlProbe
from adapters.sql.schema import SqlSchema
from adapters.sql.unit_of_work import SqlUnitsOfWork
from adapters.system import server_secrets
from adapters.system.attempts import RecentAttempts
from adapters.system.clock import SystemClock
from adapters.system.key_uses import RecentKeyUses
from adapters.system.links import HmacLinks
from adapters.system.mint import RandomMint
from adapters.system.passwords import Argon2Passwords
from adapters.system.server_secrets import ServerSecrets
from adapters.system.staging import FolderStaging
from adapters.system.tokens import HmacTokens
from domain.model.admission import AdmissionPolicy
from domain.model.compression import CompressionMode, CompressionPolicy
from domain.model.media import ImageFormat
from domain.model.throttle import Throttle
from domain.model.variant import Fit, RetryPolicy, VariantSpec
from domain.ports.blobs import BlobLinks, BlobStore
from domain.use_cases.access_keys import (
    Authenticate,
    HandOutDefaultKey,
    IssueAccessKey,
    ListAccessKeys,
    RecordKeyUses,
    RevokeAccessKey,
    RotateAccessKey,
    SetKeyCompression,
    ShowAccessKey,
)
from domain.use_cases.bind_store import BindStore
from domain.use_cases.browse_images import DescribeImage, ListImages
from domain.use_cases.check_health import Probe
from domain.use_cases.compress_file import CompressFile
from domain.use_cases.delete_image import DeleteImage
from domain.use_cases.log_in import LogIn
from domain.use_cases.make_variants import MakeVariants
from domain.use_cases.open_image import OpenImage, OpenLink
from domain.use_cases.recompress_image import RecompressImage
from domain.use_cases.reconcile_variants import ReconcileVariants
from domain.use_cases.replace_image import ReplaceImage
from domain.use_cases.retry_variants import ListUnfinishedVariants, RetryVariants
from domain.use_cases.store_image import StoreImage
from domain.use_cases.sweep_blobs import SweepBlobs, SweepPolicy
from domain.use_cases.take_in import TakeIn
from domain.use_cases.tally_variants import TallyVariants
from domain.use_cases.users import (
    AddUser,
    DisableUser,
    FindUser,
    ListUsers,
    RemoveUser,
    SetPassword,
)
from domain.use_cases.walk_images import WalkImages
from entrypoints.settings import Settings, Store, Variant

if TYPE_CHECKING:
    from adapters.jobs.procrastinate import ProcrastinateJobQueue


def _secrets(settings: Settings) -> ServerSecrets:
    if settings.auth.secrets:
        return server_secrets.given(settings.auth.secrets)
    return server_secrets.kept_in(settings.secret_file)


def _store(place: Store, folder: Path) -> FilesystemBlobStore | MinioBlobStore:
    return MinioBlobStore(_bucket(place)) if place.kind == "minio" else FilesystemBlobStore(folder)


def _bucket(place: Store) -> MinioBucket:
    return MinioBucket(
        endpoint=place.endpoint,
        public_endpoint=place.public_endpoint,
        bucket=place.bucket,
        access_key=place.access_key,
        secret_key=place.secret_key,
        region=place.region,
        secure=place.secure,
    )


def _links(settings: Settings, own: HmacLinks) -> BlobLinks:
    if settings.storage.kind == "minio":
        return MinioLinks(_bucket(settings.storage), settings.http.link_lifetime)
    return own


def _specs(variants: Mapping[str, Variant]) -> tuple[VariantSpec, ...]:
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


def _jobs(settings: Settings, units: SqlUnitsOfWork, clock: SystemClock) -> "EmbeddedJobQueue | ProcrastinateJobQueue":
    jobs = settings.jobs
    if jobs.engine == "procrastinate":
        from adapters.jobs.procrastinate import ProcrastinateJobQueue, ProcrastinatePace  # noqa: PLC0415  # dear, and rarely needed

        pace = ProcrastinatePace(concurrency=jobs.concurrency)
        return ProcrastinateJobQueue(libpq_url(settings.database_url), units, clock, pace)
    return EmbeddedJobQueue(
        units, clock, EmbeddedQueuePace(concurrency=jobs.concurrency, poll=jobs.poll, lease=jobs.lease)
    )


def _admission(settings: Settings) -> AdmissionPolicy:
    images = settings.images
    return AdmissionPolicy(
        pixels=images.pixels,
        side=images.side,
        frames=images.frames,
        pixels_over_all_frames=images.pixels_over_all_frames,
        scans=images.scans,
    )


def _pool_limits(settings: Settings) -> PoolLimits:
    images = settings.images
    return PoolLimits(
        workers=images.workers or min(4, os.cpu_count() or 1),
        waiting=images.waiting,
        longest_wait=images.longest_wait,
        deadline=images.deadline,
        memory=images.memory * 1024 * 1024,
        sandbox=SandboxMode(images.sandbox),
    )


def _codec(limits: PoolLimits, staging: FolderStaging) -> PooledImageCodec:
    return PooledImageCodec(limits, readable=[str(staging.inlets)], writable=[str(staging.outlets)])


def _attempts(settings: Settings) -> RecentAttempts:
    return RecentAttempts(
        per_address=Throttle(settings.auth.failures_per_address, 60.0),
        per_username=Throttle(settings.auth.failures_per_name, 60.0),
        elapsed=time.monotonic,
    )


def _probes(database: SqlProbe, store: BlobStore) -> dict[str, Probe]:
    return {"database": database.probe, "storage": store.probe}


class Container(containers.DeclarativeContainer):
    """One process's parts. Singletons are made at first use and opened and closed by ``entrypoints.running``."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    clock = providers.Singleton(SystemClock)
    mint = providers.Singleton(RandomMint)
    secrets = providers.Singleton(_secrets, settings)
    tokens = providers.Singleton(HmacTokens, secrets.provided.keys_for.call("token"))
    own_links = providers.Singleton(
        HmacLinks, secrets.provided.keys_for.call("link"), settings.provided.http.link_lifetime
    )
    links = providers.Singleton(_links, settings, own_links)
    passwords = providers.Singleton(Argon2Passwords)
    attempts = providers.Singleton(_attempts, settings)
    key_uses = providers.Singleton(RecentKeyUses)

    database_url = providers.Singleton(parse_database_url, settings.provided.database_url)
    engine = providers.Singleton(make_engine, database_url, settings.provided.database.connections)
    schema = providers.Singleton(SqlSchema, engine)
    units = providers.Singleton(SqlUnitsOfWork, engine, settings.provided.database.connections)
    lookups = providers.Singleton(SqlLookups, providers.Singleton(make_driver, database_url))

    blobs = providers.Singleton(_store, settings.provided.storage, settings.provided.blob_folder)
    staging = providers.Singleton(FolderStaging, settings.provided.staging_folder)
    pool_limits = providers.Singleton(_pool_limits, settings)
    codec = providers.Singleton(_codec, pool_limits, staging)
    jobs = providers.Singleton(_jobs, settings, units, clock)
    variants = providers.Singleton(_specs, settings.provided.variants)

    compress_file = providers.Factory(
        CompressFile,
        codec=codec,
        admission=providers.Singleton(_admission, settings),
        policy=providers.Singleton(
            CompressionPolicy, providers.Callable(CompressionMode, settings.provided.images.compression)
        ),
    )
    take_in = providers.Factory(
        TakeIn,
        compress=compress_file,
        staging=staging,
        blobs=blobs,
        units=units,
        clock=clock,
        mint=mint,
    )
    store_image = providers.Factory(
        StoreImage, take_in=take_in, units=units, jobs=jobs, clock=clock, mint=mint, variants=variants
    )
    replace_image = providers.Factory(
        ReplaceImage, take_in=take_in, units=units, links=links, jobs=jobs, clock=clock, mint=mint, variants=variants
    )
    recompress_image = providers.Factory(
        RecompressImage,
        compress=compress_file,
        staging=staging,
        blobs=blobs,
        units=units,
        links=links,
        clock=clock,
        mint=mint,
    )
    walk_images = providers.Factory(WalkImages, units=units)
    delete_image = providers.Factory(DeleteImage, units=units, clock=clock)
    describe_image = providers.Singleton(DescribeImage, lookups=lookups)
    list_images = providers.Factory(ListImages, units=units)
    open_image = providers.Singleton(OpenImage, lookups=lookups)
    open_link = providers.Singleton(OpenLink, links=own_links, lookups=lookups, clock=clock)

    make_variants = providers.Factory(
        MakeVariants,
        units=units,
        blobs=blobs,
        codec=codec,
        staging=staging,
        clock=clock,
        mint=mint,
        links=links,
        retries=providers.Factory(RetryPolicy, settings.provided.jobs.attempts),
    )
    reconcile_variants = providers.Factory(
        ReconcileVariants, units=units, links=links, jobs=jobs, clock=clock, variants=variants
    )
    list_unfinished_variants = providers.Factory(ListUnfinishedVariants, units=units)
    retry_variants = providers.Factory(RetryVariants, units=units, jobs=jobs, clock=clock)
    tally_variants = providers.Factory(TallyVariants, units=units)
    sweep_blobs = providers.Factory(
        SweepBlobs,
        units=units,
        blobs=blobs,
        clock=clock,
        policy=providers.Callable(SweepPolicy.after_seconds, settings.provided.storage.grace),
    )
    bind_store = providers.Factory(BindStore, units=units, store=blobs, mint=mint)
    probes = providers.Singleton(_probes, providers.Factory(SqlProbe, units, lookups), blobs)

    authenticate = providers.Singleton(Authenticate, tokens=tokens, lookups=lookups, uses=key_uses, clock=clock)
    record_key_uses = providers.Factory(RecordKeyUses, units=units, uses=key_uses)
    hand_out_default_key = providers.Factory(HandOutDefaultKey, units=units, tokens=tokens, clock=clock, mint=mint)
    issue_access_key = providers.Factory(IssueAccessKey, units=units, tokens=tokens, clock=clock, mint=mint)
    list_access_keys = providers.Factory(ListAccessKeys, units=units)
    show_access_key = providers.Factory(ShowAccessKey, units=units, tokens=tokens)
    set_key_compression = providers.Factory(SetKeyCompression, units=units)
    rotate_access_key = providers.Factory(RotateAccessKey, units=units, tokens=tokens, mint=mint)
    revoke_access_key = providers.Factory(RevokeAccessKey, units=units, clock=clock)
    log_in = providers.Factory(
        LogIn, units=units, passwords=passwords, attempts=attempts, hand_out=hand_out_default_key
    )

    add_user = providers.Factory(AddUser, units=units, passwords=passwords, clock=clock)
    list_users = providers.Factory(ListUsers, units=units)
    find_user = providers.Factory(FindUser, units=units)
    set_password = providers.Factory(SetPassword, units=units, passwords=passwords)
    disable_user = providers.Factory(DisableUser, units=units, clock=clock)
    remove_user = providers.Factory(RemoveUser, units=units, disable=disable_user, clock=clock)
