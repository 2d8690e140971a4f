"""Many uploads of one file at the same moment.

Usage: python -m bench.uploads PORT TOKEN FILE FILENAME COUNT, which prints how many answers had which status, as JSON.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier

BOUNDARY = "a-boundary-that-is-in-no-picture"
ANSWER_DEADLINE = 90.0  # seconds


def upload(port: int, token: str, data: bytes, filename: str, start: Barrier | None = None) -> tuple[int, bytes]:
    """Status and body of the answer. ``start`` is waited for once the connection stands."""
    disposition = f'form-data; name="original"; filename="{filename}"'
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {
        "Authorization": f"Token {token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + len(data) + len(tail)),
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_DEADLINE)
    connection.connect()
    if start is not None:
        start.wait()
    connection.request("POST", "/image/", body=(head, data, tail), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def main(port: str, token: str, file: str, filename: str, count: str) -> None:
    data = Path(file).read_bytes()
    start = Barrier(int(count))
    with ThreadPoolExecutor(int(count)) as threads:
        under_way = [threads.submit(upload, int(port), token, data, filename, start) for _ in range(int(count))]
        statuses = Counter(each.result()[0] for each in under_way)
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(*sys.argv[1:])
