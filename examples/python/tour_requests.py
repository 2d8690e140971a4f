"""Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it.

Needs requests: python tour_requests.py FILE OTHER
"""

import os
import sys
import uuid
from pathlib import Path
from typing import Any

import requests

SERVER = os.environ["CALOTYPE_SERVER"]


def tour(session: requests.Session, file: Path, other: Path) -> None:
    # With this key, the upload can be sent again after an error of the network: it is stored once.
    once = {"Idempotency-Key": str(uuid.uuid4())}
    sent = {"original": (file.name, file.read_bytes())}
    image = ask(session, "POST", "/image/", files=sent, headers=once).json()
    print("stored", image["id"])
    page = ask(session, "GET", "/image/", params={"limit": 1, "ordering": "-created_at"}).json()
    print("listed", page["count"])
    path = f"/image/{image['id']}/"
    ask(session, "PUT", path, files={"original": (other.name, other.read_bytes())})
    print("replaced", image["id"])
    ask(session, "GET", path, params={"wait": 60})  # until the variants are made
    small = ask(session, "GET", f"{path}small/").content
    Path("small.img").write_bytes(small)
    print("downloaded", len(small))
    ask(session, "DELETE", path)
    print("deleted", image["id"])


def ask(session: requests.Session, method: str, path: str, **options: Any) -> requests.Response:
    answer = session.request(method, SERVER + path, timeout=120, **options)
    if not answer.ok:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.headers.get('Calotype-Error')}")
    return answer


if __name__ == "__main__":
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token {os.environ['CALOTYPE_TOKEN']}"
        tour(session, *map(Path, sys.argv[1:]))
