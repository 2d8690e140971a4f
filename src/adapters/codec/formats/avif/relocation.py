"""The new offsets of bytes when only some ranges of a file are kept, one after the other."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from domain.errors import UndecodableImage


class Relocation:
    """The kept ``runs`` may overlap and be in any order; no byte is kept twice."""

    def __init__(self, runs: Iterable[range]) -> None:
        self.runs: list[range] = []
        for run in sorted((run for run in runs if run), key=lambda run: run.start):
            if self.runs and run.start <= self.runs[-1].stop:
                self.runs[-1] = range(self.runs[-1].start, max(self.runs[-1].stop, run.stop))
            else:
                self.runs.append(run)
        self._starts = [run.start for run in self.runs]
        self._targets = list(accumulate(map(len, self.runs), initial=0))

    @property
    def size(self) -> int:
        return self._targets[-1]

    def __call__(self, offset: int) -> int:
        """The new offset of the byte that was at ``offset``, counted from the first kept byte.

        Raises:
            UndecodableImage: that byte is not kept, or was never there.
        """
        at = bisect_right(self._starts, offset) - 1
        if at < 0 or offset not in self.runs[at]:
            raise UndecodableImage(reason=f"data is stated to be at byte {offset}, where there is none")
        return self._targets[at] + offset - self.runs[at].start
