"""One user's expensive images do not keep another user's small one waiting."""

import struct
import threading
import time
import zlib
from pathlib import Path

import httpx
import pytest

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import running

UPLOADS = 30
LONGEST = 3.0  # seconds for the small image


def large_png(side: int = 7000) -> bytes:
    """49 megapixels in some 100 KB."""
    rows = zlib.compressobj(1)
    row = b"\0" + bytes(side)
    pixels = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.timeout(300)
def test_thirty_large_images_of_one_user_do_not_delay_a_small_one_of_another(tmp_path: Path) -> None:
    large, small = large_png(), sample_image(ImageFormat.JPEG, 640, 480)
    with running(tmp_path) as server, server.client(server.token("bob")) as bob:
        greedy = server.token("greedy")
        assert bob.post("/image/", files={"image": ("first.jpg", small)}).status_code == 201

        def upload(number: int) -> None:
            with server.client(greedy) as client, pytest.raises(httpx.HTTPError):
                client.post("/image/", files={"image": (f"{number}.png", large)}, timeout=httpx.Timeout(20))
                raise httpx.HTTPError("answered")

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(UPLOADS)]
        for thread in threads:
            thread.start()
        took = []
        for number in range(6):
            time.sleep(1)
            start = time.monotonic()
            answer = bob.post("/image/", files={"image": (f"{number}.jpg", small)}, timeout=60)
            took.append(time.monotonic() - start)
            assert answer.status_code == 201
        for thread in threads:
            thread.join()
        assert max(took) < LONGEST, took
