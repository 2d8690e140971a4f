"""Whether anything is stored in a store."""

from domain.errors import BlobNotFound
from domain.ports.blobs import BlobStore


async def is_empty(store: BlobStore) -> bool:
    """Whether the store has no blob. One that was never marked may not even have a place for any."""
    try:
        async for _ in store.list():
            return False
    except BlobNotFound:
        pass
    return True
