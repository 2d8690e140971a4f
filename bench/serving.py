"""``make bench``: what serving costs beside a Django REST framework twin, and what uploads cost in memory, in one run."""

import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from bench.growth import watch
from bench.peers import HERE
from bench.rates import compare
from bench.report import written

RESULTS = HERE / "results" / "serving.md"
LONGEST = 240  # seconds that the whole may take


def main() -> None:
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LONGEST)
    began = time.monotonic()
    with TemporaryDirectory(prefix="calotype-bench-") as folder:
        comparisons = compare(Path(folder))
        growths = watch(Path(folder))
    text = written(comparisons, growths, time.monotonic() - began)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text)
    print(text)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"the bench did not end within {LONGEST} seconds")


if __name__ == "__main__":
    main()
