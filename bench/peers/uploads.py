"""Large uploads, as cheap for the one who sends them as can be: the kernel copies the file into the connection.

Usage: python -m bench.peers.uploads POST|PUT PORT TOKEN FILE AT_ONCE EACH
So many send the file at once, each so many times one after the other. Prints how many answers had which status and how
many seconds all took together, as JSON.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier

BOUNDARY = "a-boundary-that-is-in-no-image"
ANSWER_DEADLINE = 90.0  # seconds


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a file is sent in: the request's line and headers, and what surrounds the file in its body."""

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
    """Status and body of the answer to a file in its envelope, on a connection of its own."""
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
    method, port, token, file, at_once, each = sys.argv[1:]
    start = Barrier(int(at_once) + 1)

    def sender(number: int) -> list[int]:
        name = f"upload-{number}.jpg"
        envelope = form(token, name) if method == "POST" else Envelope("PUT", f"/put/{name}", {})
        start.wait()
        return [send(int(port), Path(file), envelope)[0] for _ in range(int(each))]

    with ThreadPoolExecutor(int(at_once)) as threads:
        under_way = [threads.submit(sender, number) for number in range(int(at_once))]
        start.wait()
        began = time.perf_counter()
        statuses = Counter(status for sent in under_way for status in sent.result())
        seconds = time.perf_counter() - began
    print(json.dumps({"statuses": statuses, "seconds": seconds}))


if __name__ == "__main__":
    main()
