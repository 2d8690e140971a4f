"""The clients of the mixed load.

Usage: python -m bench.serving.mixed_clients load|live, with the plan as JSON on standard input. Prints as JSON, for each
kind of answer, the count and the quantiles of the times in seconds; and the number of failures of each kind.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from statistics import quantiles
from typing import Any

import uvloop
from bench.load.exchange import Request, Tally, exchange
from bench.peers.uploads import form

WRITERS, READERS = 64, 256
EVERY = 0.05  # seconds between two requests of /health/live/


def load(plan: Any) -> Tally:
    reads = [
        Request(kind, _get(plan, path, f"If-None-Match: {tag}\r\n" if tag else ""), wanted.encode())
        for kind, path, tag, wanted in plan["reads"]
    ]
    image = Path(plan["image"]).read_bytes()
    readers = [islice(cycle(reads), number, None) for number in range(READERS)]
    writers = [_uploads(plan, image, writer) for writer in range(WRITERS)]
    return uvloop.run(exchange(plan["port"], [*writers, *readers], plan["seconds"]))


def live(plan: Any) -> Tally:
    requests = cycle([Request("live", _get(plan, "/health/live/"), b"200")])
    return asyncio.run(exchange(plan["port"], [requests], plan["seconds"], EVERY))


def _get(plan: Any, path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{plan['port']}\r\nAuthorization: Token {plan['token']}\r\n{headers}\r\n".encode()


def _uploads(plan: Any, image: bytes, writer: int) -> Iterator[Request]:
    for number in count():
        envelope = form(plan["token"], f"writer-{writer}-{number}.jpg")
        body = envelope.head + image + envelope.tail
        headers = "".join(f"{name}: {value}\r\n" for name, value in envelope.headers.items())
        head = f"POST {envelope.path} HTTP/1.1\r\nHost: 127.0.0.1:{plan['port']}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        yield Request("write", head.encode() + body, b"201")


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    percentiles = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [*seconds] * 99
    return {"count": len(seconds), "p50": percentiles[49], "p99": percentiles[98], "max": max(seconds)}


def main(role: str) -> None:
    tally = {"load": load, "live": live}[role](json.load(sys.stdin))
    answers = {kind: _quantiles(seconds) for kind, seconds in tally.seconds.items()}
    reads = [each for kind, seconds in tally.seconds.items() if kind not in ("write", "live") for each in seconds]
    if reads:
        answers["read"] = _quantiles(reads)
    print(json.dumps({"answers": answers, "failures": tally.failures}))


if __name__ == "__main__":
    main(*sys.argv[1:])
