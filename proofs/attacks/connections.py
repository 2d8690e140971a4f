"""Hostile connections of each kind, and beside them a good client: without a proxy, and behind those that are shipped."""

import http.client
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from proofs.attacks.hostile import kinds
from proofs.lines import said

from domain.model.pixels.media import ImageFormat
from kit.images.samples import sample_image
from kit.servers.calotype import running
from kit.servers.proxies.shipped_caddy import shipped_caddy
from kit.servers.proxies.shipped_nginx import shipped_nginx

NUMBER = 2000
SECONDS = 12.0
LONGEST = 0.25  # seconds, of 99 in 100 requests
HOSTILE = Path(__file__).with_name("hostile.py")
PROXIES = {"nginx": shipped_nginx, "Caddy": shipped_caddy}
SAME, OTHER = "127.0.0.1", "127.0.0.9"  # addresses of the hostile connections; the good client's is the first


def metadata_times(url: str, path: str, token: str) -> tuple[list[float], int]:
    """Seconds of each request, without end for one that failed, and how many failed. Every other opens a connection of its own."""
    times: list[float] = []
    failed, began = 0, time.monotonic()
    place = urlsplit(url).netloc
    kept = http.client.HTTPConnection(place, timeout=10)
    while time.monotonic() - began < SECONDS:
        used = kept if len(times) % 2 else http.client.HTTPConnection(place, timeout=10)
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


def attacked(url: str, kind: str, source: str, path: str, token: str) -> tuple[bool, str]:
    """Whether the good client was served beside connections of this kind from the address ``source``, and its figures."""
    command = [sys.executable, str(HOSTILE), kind, str(NUMBER), str(urlsplit(url).port), source]
    hostile = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        times, failed = metadata_times(url, path, token)
        with httpx.Client(base_url=url, headers={"Authorization": f"Token {token}"}, timeout=60) as client:
            try:
                file = sample_image(ImageFormat.JPEG, 640, 480)
                stored: object = client.post("/image/", files={"image": ("a.jpg", file)}).status_code
            except httpx.HTTPError as error:
                stored = type(error).__name__
    finally:
        hostile.kill()
        hostile.wait()
    slow = times[int(len(times) * 0.99)]
    figures = f"p99 {slow * 1000:.0f} ms, {failed} of {len(times)} requests failed, upload {stored}"
    return slow < LONGEST and stored == 201, figures


def attack() -> Iterator[bool]:
    """Whether the good client was served, beside each kind."""
    for front, source in (("no proxy", SAME), *((name, OTHER) for name in PROXIES)):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "server").mkdir()
            trusted = {"CALOTYPE_HTTP__TRUSTED_PROXIES": SAME} if front in PROXIES else {}
            server = stack.enter_context(running(folder / "server", **trusted))
            token = server.token()
            with server.client(token) as client:
                answer = client.post("/image/", files={"image": ("a.png", sample_image())})
            url = stack.enter_context(PROXIES[front](folder / front, server)) if front in PROXIES else server.url
            for kind in kinds("/"):
                held, figures = attacked(url, kind, source, f"/image/{answer.json()['id']}/", token)
                yield said(held, f"{NUMBER} connections, {front}: {kind}", figures)
