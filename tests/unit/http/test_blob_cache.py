"""What is kept of small images' bytes, and for how long."""

from domain.model.storage.blob import BlobKey
from entrypoints.http.serving.blob_cache import LARGEST, OVERHEAD, BlobCache

DATA = bytes(1000)
EACH = len(DATA) + OVERHEAD


def ask(hot: BlobCache, number: int, data: bytes = DATA) -> bool:
    """Ask for a blob as the service does; whether it was at hand."""
    key = BlobKey(str(number))
    if hot.get(key) is not None:
        return True
    if hot.is_wanted(key, len(data)):
        hot.keep(key, data)
    return False


def test_what_is_asked_for_again_is_at_hand_from_then_on() -> None:
    hot = BlobCache(10 * EACH)
    assert [ask(hot, 1) for _ in range(4)] == [False, False, True, True]
    assert hot.get(BlobKey("1")) == DATA


def test_no_more_is_kept_than_there_is_room_for_and_what_is_asked_for_stays() -> None:
    hot = BlobCache(3 * EACH)
    for number in (1, 1, 2, 2, 3, 3):
        ask(hot, number)
    assert ask(hot, 1)
    assert [ask(hot, 4) for _ in range(3)] == [False, False, True]
    assert not ask(hot, 2)  # not asked for the longest
    assert ask(hot, 1)
    assert ask(hot, 3)


def test_whoever_goes_through_all_images_over_and_over_pushes_nothing_out() -> None:
    hot = BlobCache(5 * EACH)
    ask(hot, 1)
    ask(hot, 1)
    assert not any(ask(hot, number) for _ in range(3) for number in range(100, 120))
    assert ask(hot, 1)


def test_neither_large_ones_are_kept_nor_any_without_room() -> None:
    large = bytes(LARGEST + 1)
    hot = BlobCache(10 * LARGEST)
    assert not any(ask(hot, 1, large) for _ in range(4))
    none = BlobCache(0)
    assert not any(ask(none, 1) for _ in range(4))
