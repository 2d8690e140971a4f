"""A memory cache for the bytes of small blobs that are requested repeatedly, from any store.

The bytes under a key never change, so no entry is ever out of date. Access is checked before, at each request.
"""

from collections import OrderedDict

from domain.model.storage.blob import BlobKey

LARGEST = 256 * 1024  # bytes of one blob; copying a larger one costs more than sending the file
OVERHEAD = 512  # bytes of memory that an entry takes in addition to its data


class BlobCache:
    """At most ``room`` bytes of the most recently requested blobs.

    A blob is cached at its second request, if fewer than ``room`` bytes of other blobs were requested in between. So a
    client that reads all images evicts nothing, and a set of blobs larger than the cache is not cached at all.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._size = 0
        self._kept: OrderedDict[BlobKey, bytes] = OrderedDict()
        self._asked_size = 0
        self._asked: OrderedDict[BlobKey, int] = OrderedDict()

    def get(self, key: BlobKey) -> bytes | None:
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
        return data

    def is_wanted(self, key: BlobKey, size: int) -> bool:
        """Whether to ``keep`` a blob of this size that is requested now and is about to be read."""
        if size > LARGEST or size + OVERHEAD > self._room:
            return False
        earlier = self._asked.pop(key, None)
        if earlier is not None:
            self._asked_size -= earlier
            return True
        self._asked[key] = size + OVERHEAD
        self._asked_size += size + OVERHEAD
        while self._asked_size > self._room:
            self._asked_size -= self._asked.popitem(last=False)[1]
        return False

    def keep(self, key: BlobKey, data: bytes) -> None:
        """Cache the bytes under ``key``, and evict the least recently requested blobs."""
        if key in self._kept:
            return
        self._kept[key] = data
        self._size += len(data) + OVERHEAD
        while self._size > self._room:
            self._size -= len(self._kept.popitem(last=False)[1]) + OVERHEAD
