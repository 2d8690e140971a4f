"""A cache that forgets its oldest entry."""

from collections import OrderedDict
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


# An ordered dictionary, because a plain one takes ever longer to find its first entry. A subclass, because it is read
# with every request: get() is the dictionary's own, without a call of Python in between.
class BoundedCache(OrderedDict[Key, Value]):
    """A dictionary of at most ``limit`` entries: one more, and the oldest is forgotten.

    An entry that is set again keeps its age. Call ``move_to_end`` at each use to forget the least recently used first.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        if len(self) > self._limit:
            self.popitem(last=False)
