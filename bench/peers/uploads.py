"""Uploads at low cost for the client: the kernel copies the file into the connection.

Usage: python -m bench.peers.uploads POST|PUT PORT TOKEN FILE AT_ONCE EACH
AT_ONCE clients send the file concurrently, each EACH times in sequence, under new names. Prints as JSON: the
number of answers by status, the seconds of each upload answered 201, and the start of the first and the end of the last
upload by the monotonic clock. An upload without an answer is counted under the name of its error.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from secrets import token_hex
from threading import Barrier

BOUNDARY = "a-boundary-that-is-in-no-image"
ANSWER_DEADLINE = 90.0  # seconds
STORED = "201"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The request around a file: method, path, headers, and the parts of the body before and after the file."""

    method: str
    path: str
    headers: Mapping[str, str]
    head: bytes = b""
    tail: bytes = b""


def form(token: str, filename: str) -> Envelope:
    """A multipart form for Calotype."""
    return Envelope(
        "POST",
        "/image/",
        {"Authorization": f"Token {token}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        head=(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="original"; filename="{filename}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode(),
        tail=f"\r\n--{BOUNDARY}--\r\n".encode(),
    )


def send(port: int, file: Path, envelope: Envelope) -> tuple[int, bytes]:
    """Send the file on a new connection. Returns status and body of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_DEADLINE)
    connection.putrequest(envelope.method, envelope.path)
    for name, value in envelope.headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(envelope.head) + file.stat().st_size + len(envelope.tail)))
    connection.endheaders(envelope.head or None)
    with file.open("rb") as data:
        connection.sock.sendfile(data)
    if envelope.tail:
        connection.send(envelope.tail)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def main() -> None:
    method, port, token, path, at_once, each = sys.argv[1:]
    file, prefix = Path(path), token_hex(4)
    start = Barrier(int(at_once) + 1)

    def sent(name: str) -> tuple[str, float]:
        envelope = form(token, name) if method == "POST" else Envelope("PUT", f"/put/{name}", {})
        began = time.perf_counter()
        try:
            status = str(send(int(port), file, envelope)[0])
        except (OSError, HTTPException) as error:
            status = type(error).__name__
        return status, time.perf_counter() - began

    def sender(number: int) -> list[tuple[str, float]]:
        start.wait()
        return [sent(f"{prefix}-{number}-{nth}{file.suffix}") for nth in range(int(each))]

    with ThreadPoolExecutor(int(at_once)) as threads:
        under_way = [threads.submit(sender, number) for number in range(int(at_once))]
        start.wait()
        began = time.monotonic()
        answers = [answer for each in under_way for answer in each.result()]
        ended = time.monotonic()
    statuses = Counter(status for status, _ in answers)
    stored = [seconds for status, seconds in answers if status == STORED]
    print(json.dumps({"statuses": statuses, "stored": stored, "began": began, "ended": ended}))


if __name__ == "__main__":
    main()
