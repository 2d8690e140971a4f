"""Run every tool on every image, and measure the result and its cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bench.codec.images import SourceImage
from bench.codec.scores import SAME, Score, scores
from bench.codec.tools import TOOLS, Run, Tool, run

ROUNDS = 2  # the run with the least processor time counts
LONG = 10.0  # seconds; slower runs are not repeated
AGAIN = 4  # times that Calotype's output is compressed again


@dataclass(frozen=True, slots=True)
class Result:
    """``generations``: Calotype's output compressed again repeatedly, each with its size and, later, its score."""

    image: SourceImage
    tool: str
    made: Path
    run: Run
    judged: Score = SAME
    generations: tuple[tuple[Path, int, float], ...] = ()

    @property
    def score(self) -> float:
        return self.judged.whole

    @property
    def ratio(self) -> float:
        return self.run.size / self.image.size


def measured(
    images: Sequence[SourceImage], folder: Path, warm: Mapping[str, Path], tools: Sequence[Tool] = TOOLS
) -> list[Result]:
    """Run the tools in turn on one image after the other, one process at a time."""
    results = []
    for number, image in enumerate(images):
        print(f"{number + 1}/{len(images)} {image.kind}/{image.path.name}", flush=True)
        wanted = [tool for tool in tools if image.format in tool.formats and not tool.missing]
        if not image.comparable:
            wanted = [tool for tool in wanted if tool.ours]
        targets = {tool.key: folder / f"{number}-{tool.key}.{image.format}" for tool in wanted}
        small = warm.get(image.format, image.path)
        runs: dict[str, list[Run]] = {key: [] for key in targets}
        for _ in range(ROUNDS):
            for key, target in targets.items():
                if not runs[key] or runs[key][0].cpu < LONG:
                    runs[key].append(run(key, image.path, target, small))
        for key, target in targets.items():
            results.append(Result(image, key, target, min(runs[key], key=lambda each: each.cpu)))
    return results


def stored_again(results: Iterable[Result], warm: Mapping[str, Path]) -> list[Result]:
    """Add the generations of Calotype's lossy results, until the file no longer changes."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: _again(each, warm), results))


def scored(results: Sequence[Result]) -> list[Result]:
    made: dict[Path, list[Path]] = {}
    for each in results:
        if each.image.format in ("jpeg", "png"):
            made.setdefault(each.image.path, []).extend((each.made, *(path for path, _, _ in each.generations)))
    known = scores(made)
    return [_with_scores(each, known) for each in results]


def _again(result: Result, warm: Mapping[str, Path]) -> Result:
    image = result.image
    if result.tool not in ("calotype-high", "calotype-excellent") or image.format not in warm:
        return result
    return replace(result, generations=tuple(_generations(result, warm[image.format])))


def _generations(result: Result, warm: Path) -> Iterator[tuple[Path, int, float]]:
    last = result.made
    for number in range(AGAIN):
        path = result.made.with_stem(f"{result.made.stem}-again-{number}")
        size = run(result.tool, last, path, warm).size
        yield path, size, 100.0
        if path.read_bytes() == last.read_bytes():
            return
        last = path


def _with_scores(result: Result, known: Mapping[Path, Score]) -> Result:
    generations = tuple((path, size, known[path].whole) for path, size, _ in result.generations)
    return replace(result, judged=known.get(result.made, SAME), generations=generations)
