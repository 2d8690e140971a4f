"""Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it.

Needs httpx: python tour_httpx.py FILE OTHER
"""

import os
import sys
import uuid
from pathlib import Path

import httpx


def tour(client: httpx.Client, file: Path, other: Path) -> None:
    # With this key, the upload can be sent again after an error of the network: it is stored once.
    once = {"Idempotency-Key": str(uuid.uuid4())}
    image = answered(client.post("/image/", files={"original": (file.name, file.read_bytes())}, headers=once)).json()
    print("stored", image["id"])
    page = answered(client.get("/image/", params={"limit": 1, "ordering": "-created_at"})).json()
    print("listed", page["count"])
    path = f"/image/{image['id']}/"
    answered(client.put(path, files={"original": (other.name, other.read_bytes())}))
    print("replaced", image["id"])
    answered(client.get(path, params={"wait": 60}))  # until the variants are made
    small = answered(client.get(f"{path}small/", follow_redirects=True))
    Path("small.img").write_bytes(small.content)
    print("downloaded", len(small.content))
    answered(client.delete(path))
    print("deleted", image["id"])


def answered(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        sys.exit(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.headers.get('Calotype-Error')}")
    return answer


if __name__ == "__main__":
    token = {"Authorization": f"Token {os.environ['CALOTYPE_TOKEN']}"}
    with httpx.Client(base_url=os.environ["CALOTYPE_SERVER"], headers=token, timeout=120) as client:
        tour(client, *map(Path, sys.argv[1:]))
