"""Requests that the tests over HTTP share."""

import time
from typing import Any

import httpx

from kit.images.samples import sample_image

SAMPLE = sample_image(seed=1, width=200, height=150)
PATIENCE = 60  # seconds
INVALID = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."


def store(client: httpx.Client, data: bytes = SAMPLE, name: str = "sample.png", field: str = "original") -> Any:
    answer = client.post("/image/", files={field: (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def with_variants(client: httpx.Client, id: int) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        image = client.get(f"/image/{id}/").json()
        if image["small"] and image["medium"]:
            return image
        time.sleep(0.05)
    raise AssertionError("the variants were not made within a minute")


def last_modified(client: httpx.Client, path: str) -> str:
    """The Last-Modified of ``path``, which is sent from the second after the change on."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        modified = client.head(path).headers.get("Last-Modified", "")
        if modified:
            return str(modified)
        time.sleep(0.05)
    raise AssertionError("no Last-Modified within a minute")
