"""``make bench-codec``: Calotype's compression compared with other tools, on real images."""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.codec.images import found_in, small, tiled
from bench.codec.plot import drawn
from bench.codec.run import measured, scored, stored_again
from bench.codec.table import Findings, written
from bench.codec.tools import TOOLS
from bench.codec.variants import derived

RESULTS = Path(__file__).parents[1] / "results"
CHECKOUT_CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FOR_MEMORY = ("sharp-mozjpeg-80", "calotype-high", "calotype-excellent")


def main() -> None:
    began = time.monotonic()
    corpus = Path(os.environ.get("CALOTYPE_CORPUS") or CHECKOUT_CORPUS)
    images = found_in(Path(sys.argv[1]) if sys.argv[1:] else corpus / "pictures")
    with TemporaryDirectory(prefix="calotype-bench-") as name:
        folder = Path(name)
        warm = small(folder)
        results = scored(stored_again(measured(images, folder, warm), warm))
        largest = tiled(images, folder)
        (folder / "tiled").mkdir()
        tools = [each for each in TOOLS if each.key in FOR_MEMORY]
        for_memory = measured([largest] if largest else [], folder / "tiled", warm, tools)
        variants = derived(images, folder, warm)
    text = written(Findings(results, for_memory, variants, time.monotonic() - began))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "codec.md").write_text(text)
    (RESULTS / "codec.svg").write_text(drawn(results))
    print(text)


if __name__ == "__main__":
    main()
