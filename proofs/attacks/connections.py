"""Hostile connections of each kind against one server, and beside them a good client of the same address."""

import http.client
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from proofs.attacks.hostile import kinds
from proofs.attacks.lines import said

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import Server, running

NUMBER = 2000
SECONDS = 12.0
LONGEST = 0.25  # seconds, of 99 in 100 requests
HOSTILE = Path(__file__).with_name("hostile.py")


def metadata_times(server: Server, path: str, token: str) -> tuple[list[float], int]:
    """Seconds of each request, without end for one that failed, and how many failed. Every other opens a connection of its own."""
    times: list[float] = []
    failed, began = 0, time.monotonic()
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    while time.monotonic() - began < SECONDS:
        used = kept if len(times) % 2 else http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        start = time.perf_counter()
        try:
            used.request("GET", path, headers={"Authorization": f"Token {token}"})
            used.getresponse().read()
            times.append(time.perf_counter() - start)
        except (OSError, http.client.HTTPException):
            failed += 1
            times.append(math.inf)
            kept.close()
        if used is not kept:
            used.close()
        time.sleep(0.01)
    kept.close()
    return sorted(times), failed


def attacked(server: Server, kind: str, path: str, token: str) -> bool:
    """Print a line about this kind, and return whether the good client was served."""
    command = [sys.executable, str(HOSTILE), kind, str(NUMBER), str(server.port)]
    hostile = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        times, failed = metadata_times(server, path, token)
        with server.client(token) as client:
            try:
                file = sample_image(ImageFormat.JPEG, 640, 480)
                stored: object = client.post("/image/", files={"image": ("a.jpg", file)}).status_code
            except httpx.HTTPError as error:
                stored = type(error).__name__
    finally:
        hostile.kill()
        hostile.wait()
    slow = times[int(len(times) * 0.99)]
    shown = f"p99 {slow * 1000:.0f} ms, {failed} of {len(times)} requests failed, upload {stored}"
    return said(slow < LONGEST and stored == 201, f"{NUMBER} connections: {kind}", shown)


def attack() -> Iterator[bool]:
    """Whether the good client was served, beside each kind."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        token = server.token()
        with server.client(token) as client:
            answer = client.post("/image/", files={"image": ("a.png", sample_image())})
        for kind in kinds("/"):
            yield attacked(server, kind, f"/image/{answer.json()['id']}/", token)
