"""How long a client waits until its image is stored: on an idle machine, and beside another user's largest images.

Takes some ten minutes, so it is measured only with ``--only waits``.
"""

import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.peers.calotype import CALOTYPE, calotype
from bench.peers.images import noise
from bench.peers.peers import Peer, output_of
from bench.peers.uploads import form, send
from bench.report.section import Goal, Section, table
from bench.serving.uploads.images import find_corpus_images
from PIL import Image

LONGEST_SHOWN = 5
ALONE_GOAL = 2.0  # seconds
LARGE_IMAGES = 30
LARGE = (7_900, 6_300)  # 49.8 megapixels; the limit is 50
BESIDE_GOAL = 3.0  # seconds

PROSE = """\
Every image of the corpus is uploaded alone, one after the other, and each time the variants are waited for: {images} images,
{refused} of them refused. Then one user uploads {large} PNGs of {megapixels:.0f} megapixels at once, and meanwhile another one a JPEG of
640 x 480, again and again, until the last of the PNGs is answered: {small} JPEGs, in the median {median:.2f} s each."""


def measured(folder: Path) -> Section:
    corpus = find_corpus_images()
    if corpus is None:
        return Section(
            "Waits", "**Not measured: the corpus of images was not found.** `CALOTYPE_CORPUS` names its folder."
        )
    with calotype(folder / "calotype") as peer:
        alone = _alone(peer, sorted(file for file in corpus.rglob("*") if file.is_file()))
    with calotype(folder / "calotype") as peer:
        other = output_of([CALOTYPE, "get-access-key", "other"], _environment(folder / "calotype"), folder)
        large, small = _beside(peer, other, folder)
    waits = {name: seconds for name, (status, seconds) in alone.items() if status == 201}
    longest = sorted(waits.items(), key=lambda each: -each[1])[:LONGEST_SHOWN]
    text = PROSE.format(
        images=len(alone), refused=len(alone) - len(waits), large=LARGE_IMAGES, megapixels=LARGE[0] * LARGE[1] / 1e6,
        small=len(small), median=statistics.median(seconds for _, seconds in small),
    )  # fmt: skip
    rows = [(name, f"{seconds:.2f} s") for name, seconds in longest]
    rows += [("the JPEG beside the PNGs, at most", f"{max(seconds for _, seconds in small):.2f} s")]
    failed = [status for status, _ in small if status != 201] + [status for status in large if status != 201]
    return Section(
        "Waits",
        f"{text}\n\n{table(('image', 'longest waits'), rows)}",
        (
            Goal.at_most("longest wait for an image of the corpus, alone", ALONE_GOAL, max(waits.values()), "s"),
            Goal.at_most("longest wait beside the PNGs", BESIDE_GOAL, max(seconds for _, seconds in small), "s"),
            Goal.at_most("uploads that were refused beside each other", 0, len(failed)),
        ),
    )


def _alone(peer: Peer, files: Sequence[Path]) -> Mapping[str, tuple[int, float]]:
    """For each file its answer's status and seconds."""
    found = {}
    for file in files:
        began = time.perf_counter()
        status, body = send(peer.port, file, form(peer.token, file.name))
        found[file.name] = status, time.perf_counter() - began
        if status == 201:
            peer.get(f"/image/{json.loads(body)['id']}/?wait=20")
    return found


def _beside(peer: Peer, other: str, folder: Path) -> tuple[Sequence[int], Sequence[tuple[int, float]]]:
    """The statuses of the large images, and the small ones' statuses and seconds."""
    png, jpeg = folder / "large.png", folder / "small.jpg"
    tile = Image.effect_noise((256, 256), 40)
    large = Image.new("L", LARGE)
    for left in range(0, LARGE[0], 512):
        for top in range(0, LARGE[1], 512):
            large.paste(tile, (left, top))
    Image.merge("RGB", (large, large.transpose(Image.Transpose.FLIP_LEFT_RIGHT), large)).save(png)
    jpeg.write_bytes(noise("JPEG", 640, 480))
    small: list[tuple[int, float]] = []
    with ThreadPoolExecutor(LARGE_IMAGES) as threads:
        sending = [
            threads.submit(_timed, peer.port, peer.token, png, f"large-{number}.png") for number in range(LARGE_IMAGES)
        ]
        while not all(each.done() for each in sending):
            small.append(_timed(peer.port, other, jpeg, f"small-{len(small)}.jpg"))
            time.sleep(0.2)
        return [each.result()[0] for each in sending], small


def _timed(port: int, token: str, file: Path, name: str) -> tuple[int, float]:
    began = time.perf_counter()
    status, _ = send(port, file, form(token, name))
    return status, time.perf_counter() - began


def _environment(folder: Path) -> Mapping[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    return {**environment, "CALOTYPE_STORAGE__DATA": str(folder)}
