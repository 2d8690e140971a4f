"""What many large uploads at once take of the server's memory."""

import threading
from pathlib import Path

import httpx

from pictures import a_picture
from serving import Server, running

UPLOADS = 32
SIZE = 50 * 1024 * 1024 - 4096
BOUND = 64 * 1024  # kB


def resident(server: Server) -> int:
    """kB of the server's processes, without the codec's."""
    total = 0
    for pid in server.processes():
        try:
            if b"forkserver" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                status = Path(f"/proc/{pid}/status").read_text()
                total += int(status.partition("VmRSS:")[2].split()[0])
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return total


def test_thirty_two_uploads_of_fifty_megabytes_at_once_take_the_memory_of_little_more_than_one(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client(server.token()) as client:
        assert client.post("/image/", files={"image": ("a.png", a_picture())}).status_code == 201
        padded = a_picture() + bytes(SIZE)  # what follows the picture is read, and not stored
        before = resident(server)
        statuses: list[int] = []

        def upload() -> None:
            answer = httpx.post(
                f"{server.url}/image/", files={"image": ("a.png", padded)}, headers=client.headers, timeout=120
            )
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=upload) for _ in range(UPLOADS)]
        for thread in threads:
            thread.start()
        most = before
        while any(thread.is_alive() for thread in threads):
            most = max(most, resident(server))
        assert statuses == [201] * UPLOADS
        assert most - before <= BOUND, f"{(most - before) / 1024:.0f} MB"
