"""A profile of the hot path by part: ``python -m bench.profiles.hot_path`` prints it as a table.

py-spy samples the server a few hundred times a second while it answers requests for descriptions of a few images,
without and with entity tags. Only the thread that holds the interpreter lock is sampled. A sample counts for the part
with the innermost frame. The remaining processor time is that of Granian's compiled part and of the kernel.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load.wrk import Ask, measure
from bench.peers.calotype import calotype
from bench.peers.peers import Peer
from bench.peers.processes import PROC, tree
from bench.peers.stock import seeded
from bench.report.section import table

IMAGES, CONNECTIONS, SECONDS = 200, 32, 8
RATE = 400  # samples per second
PY_SPY = str(Path(sys.executable).with_name("py-spy"))
# A stack counts for the part with the innermost frame in one of these files.
PARTS: Mapping[str, Sequence[str]] = {
    # The call into Granian is made from the code that counts answers.
    "metrics for Prometheus, and the call into Granian": ("http/metrics/", "prometheus_client/", "http/sending.py"),
    "request and route": ("http/hot_path.py", "litestar/connection", "http/images.py", "model/naming.py"),
    "token: parsing and checking": ("http/authentication.py", "system/tokens.py", "access_keys.py", "key_uses.py"),
    "check for commits; key and image": ("adapters/sql/", "aiosqlite/"),
    "links and cached descriptions": ("http/descriptions.py", "schemas.py", "links.py", "switched.py"),
    "validators and headers": ("http/validators.py", "http/addresses.py", "http/problems.py", "http/delivery.py"),
    "event loop and Granian, in Python": ("granian/", "asyncio/"),
}
OTHER, OUTSIDE = "everything else in Python", "Granian outside of Python, and the kernel"


def main() -> None:
    with TemporaryDirectory(prefix="calotype-profile-") as name:
        folder = Path(name)
        first = seeded(folder / "calotype", IMAGES)
        with calotype(folder / "calotype") as peer:
            paths = [f"/image/{first['id'] + number}/" for number in range(IMAGES)]
            tagged = [f"{path}\t{peer.ask(path).headers['etag']}" for path in paths]
            columns = {
                what: _profiled(peer, Ask.written(folder / what, lines, CONNECTIONS), folder)
                for what, lines in (("200", paths), ("304", tagged))
            }
    rows = [
        (part, *(f"{found.get(part, 0.0):.1f} us" for found in columns.values())) for part in (*PARTS, OTHER, OUTSIDE)
    ]
    total = ("all", *(f"**{sum(found.values()):.0f} us**" for found in columns.values()))
    print(table(("part", *columns), [*rows, total]))


def _profiled(peer: Peer, ask: Ask, folder: Path) -> Mapping[str, float]:
    """Microseconds of processor time in each part, for one answer."""
    measure(peer, ask, 1)
    server = max(tree(peer.roots[0]), key=_spent)
    stacks = folder / "stacks"
    command = [PY_SPY, "record", "--pid", str(server), "--duration", str(SECONDS - 2), "--rate", str(RATE), "--gil"]
    command += ["--nonblocking", "--format", "raw", "--output", str(stacks)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as spy:
        rate = measure(peer, ask, SECONDS)
        if spy.wait() != 0:
            raise RuntimeError("py-spy could not sample the server; it needs ptrace")
    counted: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, samples = line.rpartition(" ")
        counted[_part(stack)] += int(samples)
    per_sample = 1e6 / RATE / (SECONDS - 2) / rate.per_second
    return {
        **{part: samples * per_sample for part, samples in counted.items()},
        OUTSIDE: rate.cost - counted.total() * per_sample,
    }


def _part(stack: str) -> str:
    for frame in reversed(stack.split(";")):
        for part, files in PARTS.items():
            if any(file in frame for file in files):
                return part
    return OTHER


def _spent(pid: int) -> int:
    return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[11])


if __name__ == "__main__":
    main()
