"""Read a blob for its digest."""

from hashlib import sha256

from domain.model.storage.blob import BlobKey, Digest
from domain.ports.blobs import BlobStore


async def read_digest(store: BlobStore, key: BlobKey) -> Digest:
    """The digest of the bytes that the store has now.

    Raises:
        BlobNotFound: it has none.
    """
    digest = sha256()
    async with store.open(key) as steps:
        async for step in steps:
            digest.update(step)
    return Digest(digest.hexdigest())
