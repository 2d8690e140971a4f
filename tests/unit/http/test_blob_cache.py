"""The cache of small blobs: what is kept, and what is evicted."""

from domain.model.storage.blob import BlobKey
from entrypoints.http.serving.blob_cache import LARGEST, OVERHEAD, BlobCache

DATA = bytes(1000)
EACH = len(DATA) + OVERHEAD


def ask(hot: BlobCache, number: int, data: bytes = DATA) -> bool:
    """Request a blob as the service does. Returns whether it was in memory."""
    key = BlobKey(str(number))
    if hot.get(key) is not None:
        return True
    if hot.is_wanted(key, len(data)):
        hot.keep(key, data)
    return False


def test_a_blob_is_cached_at_its_second_request() -> None:
    hot = BlobCache(10 * EACH)
    assert [ask(hot, 1) for _ in range(4)] == [False, False, True, True]
    assert hot.get(BlobKey("1")) == DATA


def test_the_least_recently_requested_blob_is_evicted() -> None:
    hot = BlobCache(3 * EACH)
    for number in (1, 1, 2, 2, 3, 3):
        ask(hot, number)
    assert ask(hot, 1)
    assert [ask(hot, 4) for _ in range(3)] == [False, False, True]
    assert not ask(hot, 2)  # the least recently requested
    assert ask(hot, 1)
    assert ask(hot, 3)


def test_repeated_scans_of_all_blobs_evict_no_requested_blob() -> None:
    hot = BlobCache(5 * EACH)
    ask(hot, 1)
    ask(hot, 1)
    assert not any(ask(hot, number) for _ in range(3) for number in range(100, 120))
    assert ask(hot, 1)


def test_large_blobs_are_not_cached_nor_any_without_memory() -> None:
    large = bytes(LARGEST + 1)
    hot = BlobCache(10 * LARGEST)
    assert not any(ask(hot, 1, large) for _ in range(4))
    none = BlobCache(0)
    assert not any(ask(none, 1) for _ in range(4))
