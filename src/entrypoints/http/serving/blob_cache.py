"""The bytes of small pictures that are asked for again and again, whatever store they lie in.

The bytes under a key never change, so none is ever out of date; who may see them is decided before, at each request.
"""

from collections import OrderedDict

from domain.model.storage.blob import BlobKey

LARGEST = 256 * 1024  # bytes of one; to copy a larger one costs more than to have it sent
OVERHEAD = 512  # bytes that each takes beside its own


class BlobCache:
    """At most ``room`` bytes of memory with blobs, those that were asked for last.

    A blob is kept when it is asked for again before others of that size together were: whoever goes through all pictures
    pushes nothing out, and nothing is kept of more than there is room for.
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
        """Whether to ``keep`` a blob of this size, which is asked for now and is about to be read."""
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
        """Keep all the bytes under ``key``, and let go of those that were not asked for the longest."""
        if key in self._kept:
            return
        self._kept[key] = data
        self._size += len(data) + OVERHEAD
        while self._size > self._room:
            self._size -= len(self._kept.popitem(last=False)[1]) + OVERHEAD
