"""The kinds of blob store: one entry for each struct of settings in ``Store``."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from adapters.blobs.filesystem import store as filesystem
from adapters.blobs.filesystem.store import FilesystemBlobStore
from adapters.blobs.s3 import limits as s3
from adapters.blobs.switched import SwitchableStore
from domain.ports.blobs import BlobLinks
from domain.ports.system import Clock
from entrypoints.settings.stores import FilesystemStore, S3Store

if TYPE_CHECKING:
    from adapters.blobs.s3.bucket import MinioBucket

S = TypeVar("S", bound=Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKind(Generic[S]):
    """One kind of blob store."""

    settings: type[S]
    """Its settings. The tag of this struct is the value of ``storage.kind``."""
    problems: Callable[[S, str], Iterator[str]]
    """What is wrong with the settings in a section, checked when settings are loaded. Each names its setting first."""
    place: Callable[[S, Path], str]
    """Where the blobs are, for operators. Two stores with the same place are one. The path is ``storage.data``."""
    make: Callable[[S, Path, Clock], SwitchableStore]
    """The store, not connected yet. The path is ``storage.data``."""
    links: Callable[[S, int], BlobLinks] | None
    """Links that lead to the store itself, for a lifetime in seconds. None: links lead to the service."""
    longest_link: int | None
    """The longest time that such a link may last, in seconds; None: there is no limit."""
    longest_put: Callable[[int], timedelta]
    """The longest time that it takes to put this many bytes."""

    @property
    def name(self) -> str:
        return str(self.settings.__struct_config__.tag)


def _filesystem_problems(store: FilesystemStore, section: str) -> Iterator[str]:
    if section != "storage" and not store.path:
        yield f"{section}.path: must be set where {section}.kind is filesystem"


FILESYSTEM = StoreKind(
    settings=FilesystemStore,
    problems=_filesystem_problems,
    place=lambda store, data: str(store.folder(data)),
    make=lambda store, data, _: FilesystemBlobStore(store.folder(data)),
    links=None,
    longest_link=None,
    longest_put=filesystem.longest_put,
)


def _s3_problems(store: S3Store, section: str) -> Iterator[str]:
    for name in ("endpoint", "bucket", "access_key", "secret_key"):
        if not getattr(store, name):
            yield f"{section}.{name}: must be set where {section}.kind is minio"


def _bucket(store: S3Store) -> "MinioBucket":
    from adapters.blobs.s3.bucket import MinioBucket

    return MinioBucket(
        endpoint=store.endpoint,
        public_endpoint=store.public_endpoint,
        bucket=store.bucket,
        access_key=store.access_key,
        secret_key=store.secret_key,
        region=store.region,
        secure=store.secure,
    )


def _s3_store(store: S3Store, _: Path, clock: Clock) -> SwitchableStore:
    from adapters.blobs.s3.store import MinioBlobStore

    return MinioBlobStore(_bucket(store), clock)


def _s3_links(store: S3Store, lifetime: int) -> BlobLinks:
    from adapters.blobs.s3.links import MinioLinks

    return MinioLinks(_bucket(store), lifetime)


S3 = StoreKind(
    settings=S3Store,
    problems=_s3_problems,
    place=lambda store, _: f"bucket {store.bucket} at {store.endpoint}",
    make=_s3_store,
    links=_s3_links,
    longest_link=s3.LONGEST_LIFETIME,
    longest_put=s3.longest_put,
)

# Any: entries of different settings in one table. ``kind_of`` gives back the type of those that it is asked for.
STORE_KINDS: Mapping[type[Struct], StoreKind[Any]] = {each.settings: each for each in (FILESYSTEM, S3)}


def kind_of(store: S) -> StoreKind[S]:
    """The entry for the settings of a store."""
    kind: StoreKind[S] = STORE_KINDS[type(store)]
    return kind
