"""The composition root: which adapter stands behind which port, by the settings. Nothing else is decided here."""

from dependency_injector import containers, providers

from adapters.blobs.switched import SwitchedBlobStore, SwitchedLinks
from adapters.sql.copying import SqlCopy
from adapters.sql.probe import SqlProbe
from adapters.sql.reads.catalogue import SqlCatalogue
from adapters.sql.reads.drivers import make_driver, make_list_drivers
from adapters.sql.reads.image_cache import ImageCache
from adapters.sql.reads.lookups import SqlLookups
from adapters.sql.repositories.unit_of_work import SqlUnitsOfWork
from adapters.sql.schema.upgrades import SqlSchema
from adapters.sql.transactions.engine import make_engine, parse_database_url
from adapters.system.clock import SystemClock
from adapters.system.key_uses import RecentKeyUses
from adapters.system.links import HmacLinks
from adapters.system.passwords import Argon2Passwords
from adapters.system.random_values import SystemRandomValues
from adapters.system.staging import FolderStaging
from adapters.system.tokens import HmacTokens
from domain.model.jobs.retry import RetryPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.use_cases.access.access_keys import (
    Authenticate,
    GetDefaultKey,
    IssueAccessKey,
    ListAccessKeys,
    RecordKeyUses,
    RevokeAccessKey,
    RotateAccessKey,
    SetKeyCompression,
    ShowAccessKey,
)
from domain.use_cases.access.log_in import LogIn
from domain.use_cases.access.users import (
    AddUser,
    DisableUser,
    FindUser,
    ListUsers,
    RemoveUser,
    SetPassword,
)
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.blobs.sweep_blobs import SweepBlobs, SweepPolicy
from domain.use_cases.images.browse_images import DescribeImage, ListImages
from domain.use_cases.images.compress_file import CompressFile
from domain.use_cases.images.delete_image import DeleteImage
from domain.use_cases.images.forget_submissions import ForgetSubmissions
from domain.use_cases.images.open_image import OpenImage, OpenLink
from domain.use_cases.images.recompress_image import RecompressImage
from domain.use_cases.images.replace_image import ReplaceImage
from domain.use_cases.images.store_image import StoreImage
from domain.use_cases.images.store_original import StoreOriginal
from domain.use_cases.images.walk_images import WalkImages
from domain.use_cases.stores.bind_store import BindStore
from domain.use_cases.stores.copy_blob import CopyBlob
from domain.use_cases.stores.move_store import MoveStore
from domain.use_cases.variants.make_variants import MakeVariants
from domain.use_cases.variants.reconcile_variants import ReconcileVariants
from domain.use_cases.variants.retry_variants import ListUnfinishedVariants, RetryVariants
from domain.use_cases.variants.tally_variants import TallyVariants
from entrypoints.assembly import (
    admission_of,
    attempts_of,
    codec_of,
    job_handlers_of,
    jobs_of,
    links_of,
    longest_put,
    pool_limits_of,
    probes_of,
    secrets_of,
    specs_of,
    stores_of,
)
from entrypoints.settings import Settings

LISTS_AT_ONCE = 2


class Container(containers.DeclarativeContainer):
    """One process's parts. Singletons are made at first use and opened and closed by ``entrypoints.running``."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    clock = providers.Singleton(SystemClock)
    random_values = providers.Singleton(SystemRandomValues)
    secrets = providers.Singleton(secrets_of, settings)
    tokens = providers.Singleton(HmacTokens, secrets.provided.keys_for.call("token"))
    own_links = providers.Singleton(
        HmacLinks, secrets.provided.keys_for.call("link"), settings.provided.http.link_lifetime
    )
    passwords = providers.Singleton(Argon2Passwords)
    attempts = providers.Singleton(attempts_of, settings)
    key_uses = providers.Singleton(RecentKeyUses)

    database_url = providers.Singleton(parse_database_url, settings.provided.database_url)
    engine = providers.Singleton(make_engine, database_url, settings.provided.database.connections)
    schema = providers.Singleton(SqlSchema, engine)
    database_copy = providers.Factory(SqlCopy.to, engine)
    units = providers.Singleton(SqlUnitsOfWork, engine, settings.provided.database.connections)
    image_cache = providers.Singleton(ImageCache)
    lookups = providers.Singleton(SqlLookups, providers.Singleton(make_driver, database_url), image_cache)
    catalogue = providers.Singleton(
        SqlCatalogue, providers.Singleton(make_list_drivers, database_url, LISTS_AT_ONCE), image_cache
    )

    stores = providers.Singleton(stores_of, settings)
    blobs = providers.Singleton(SwitchedBlobStore, stores)
    store_links = providers.Singleton(links_of, settings, own_links)
    links = providers.Singleton(SwitchedLinks, blobs, store_links, own_links)
    staging = providers.Singleton(FolderStaging, settings.provided.staging_folder)
    pool_limits = providers.Singleton(pool_limits_of, settings)
    codec = providers.Singleton(codec_of, pool_limits, staging)
    jobs = providers.Singleton(jobs_of, settings, units, clock)
    variants = providers.Singleton(specs_of, settings.provided.variants)

    compress_file = providers.Factory(
        CompressFile,
        codec=codec,
        admission=providers.Singleton(admission_of, settings),
        policy=providers.Singleton(
            CompressionPolicy, providers.Callable(CompressionMode, settings.provided.images.compression)
        ),
    )
    blob_lifecycle = providers.Factory(
        BlobLifecycle, units=units, blobs=blobs, links=links, clock=clock, random_values=random_values
    )
    store_original = providers.Factory(StoreOriginal, compress=compress_file, staging=staging, lifecycle=blob_lifecycle)
    store_image = providers.Factory(
        StoreImage,
        store_original=store_original,
        lifecycle=blob_lifecycle,
        units=units,
        jobs=jobs,
        clock=clock,
        random_values=random_values,
        variants=variants,
    )
    replace_image = providers.Factory(
        ReplaceImage,
        store_original=store_original,
        lifecycle=blob_lifecycle,
        units=units,
        jobs=jobs,
        clock=clock,
        random_values=random_values,
        variants=variants,
    )
    recompress_image = providers.Factory(
        RecompressImage,
        compress=compress_file,
        staging=staging,
        blobs=blobs,
        lifecycle=blob_lifecycle,
        units=units,
        clock=clock,
    )
    walk_images = providers.Factory(WalkImages, units=units, catalogue=catalogue)
    delete_image = providers.Factory(DeleteImage, lifecycle=blob_lifecycle, units=units, clock=clock)
    describe_image = providers.Singleton(DescribeImage, lookups=lookups)
    list_images = providers.Factory(ListImages, catalogue=catalogue)
    open_image = providers.Singleton(OpenImage, lookups=lookups)
    open_link = providers.Singleton(OpenLink, links=own_links, lookups=lookups, clock=clock)

    make_variants = providers.Factory(
        MakeVariants,
        units=units,
        blobs=blobs,
        codec=codec,
        staging=staging,
        clock=clock,
        lifecycle=blob_lifecycle,
        retries=providers.Factory(RetryPolicy, settings.provided.jobs.attempts),
    )
    job_handlers = providers.Singleton(job_handlers_of, make_variants)
    reconcile_variants = providers.Factory(
        ReconcileVariants, units=units, lifecycle=blob_lifecycle, jobs=jobs, clock=clock, variants=variants
    )
    list_unfinished_variants = providers.Factory(ListUnfinishedVariants, units=units)
    retry_variants = providers.Factory(RetryVariants, units=units, jobs=jobs, clock=clock)
    tally_variants = providers.Factory(TallyVariants, units=units)
    sweep_blobs = providers.Factory(
        SweepBlobs,
        units=units,
        blobs=blobs,
        clock=clock,
        switch=blobs,
        policy=providers.Callable(SweepPolicy.after_seconds, settings.provided.storage.grace),
    )
    forget_submissions = providers.Factory(ForgetSubmissions, units=units, clock=clock)
    bind_store = providers.Factory(BindStore, units=units, stores=stores, switch=blobs, random_values=random_values)
    move_store = providers.Factory(
        MoveStore,
        units=units,
        stores=stores,
        copying=providers.Factory(CopyBlob, staging),
        links=store_links,
        own_links=own_links,
        clock=clock,
        random_values=random_values,
        longest_put=providers.Callable(longest_put, settings),
    )
    probes = providers.Singleton(probes_of, providers.Factory(SqlProbe, units, lookups), blobs)

    authenticate = providers.Singleton(Authenticate, tokens=tokens, lookups=lookups, uses=key_uses, clock=clock)
    record_key_uses = providers.Factory(RecordKeyUses, units=units, uses=key_uses)
    get_default_key = providers.Factory(
        GetDefaultKey, units=units, tokens=tokens, clock=clock, random_values=random_values
    )
    issue_access_key = providers.Factory(
        IssueAccessKey, units=units, tokens=tokens, clock=clock, random_values=random_values
    )
    list_access_keys = providers.Factory(ListAccessKeys, units=units)
    show_access_key = providers.Factory(ShowAccessKey, units=units, tokens=tokens)
    set_key_compression = providers.Factory(SetKeyCompression, units=units)
    rotate_access_key = providers.Factory(RotateAccessKey, units=units, tokens=tokens, random_values=random_values)
    revoke_access_key = providers.Factory(RevokeAccessKey, units=units, clock=clock)
    log_in = providers.Factory(
        LogIn, units=units, passwords=passwords, attempts=attempts, get_default_key=get_default_key
    )

    add_user = providers.Factory(AddUser, units=units, passwords=passwords, clock=clock)
    list_users = providers.Factory(ListUsers, units=units)
    find_user = providers.Factory(FindUser, units=units)
    set_password = providers.Factory(SetPassword, units=units, passwords=passwords)
    disable_user = providers.Factory(DisableUser, units=units, clock=clock)
    remove_user = providers.Factory(
        RemoveUser, units=units, lifecycle=blob_lifecycle, disable=disable_user, clock=clock
    )
