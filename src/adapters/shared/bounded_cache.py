"""A cache with a maximum number of entries."""

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


# An ordered dictionary, because a plain one takes ever longer to find its first entry. A subclass, because it is read
# at every request: get() is then the dictionary's own, without a Python call in between.
class BoundedCache(OrderedDict[Key, Value]):
    """A dictionary of at most ``limit`` entries: one more evicts the oldest.

    An entry that is set again keeps its age. Call ``move_to_end`` at each use to evict the least recently used entry instead.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        if len(self) > self._limit:
            self.popitem(last=False)
