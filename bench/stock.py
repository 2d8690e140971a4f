"""What both servers are asked for: rows of one user, each of a picture that is really there."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.peers import Peer, calotype_environment
from bench.pictures import noise
from bench.uploads import upload

from domain.model.image import ImageDraft
from domain.model.naming import ImageId, ImageName
from entrypoints import running
from entrypoints.configuration import load_settings

ROWS = 2_000
PAGE = 100  # rows that are read at once
NAME = "sample.png"
FACTS = ("id", "name", "created_at", "updated_at", "user")
FILES = ("original", "small", "medium")
VARIANTS_DEADLINE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Stock:
    """``rows`` as the twin keeps them: the texts of its file columns are names of ``pictures``."""

    rows: list[dict[str, Any]]
    pictures: Mapping[str, bytes]


def stocked(peer: Peer, folder: Path) -> Stock:
    """Fill Calotype, and return what it then holds.

    One picture of 200 KB is uploaded. Its row is then repeated under other names, with its blobs, which takes seconds
    where two thousand uploads and their variants would take minutes.
    """
    status, _ = upload(peer.port, peer.token, noise("PNG", 256, 260), NAME)
    if status != 201:
        raise RuntimeError(f"the picture was answered {status}")
    original = _with_variants(peer)
    asyncio.run(_repeated(folder, peer.port, ImageId(original["id"])))
    pictures = {
        NAME: peer.get(f"/image/{NAME}/"),
        f"small-{NAME}": peer.get(f"/image/{NAME}/small/"),
        f"medium-{NAME}": peer.get(f"/image/{NAME}/medium/"),
    }
    files = dict(zip(FILES, pictures, strict=True))
    rows: list[dict[str, Any]] = []
    while len(rows) < ROWS:
        page = peer.get_json(f"/image/?limit={PAGE}&offset={len(rows)}")["results"]
        if not page:
            raise RuntimeError(f"Calotype lists {len(rows)} rows of {ROWS}")
        rows += [{**{key: row[key] for key in FACTS}, **files} for row in page]
    return Stock(rows, pictures)


def _with_variants(peer: Peer) -> Any:
    until = time.monotonic() + VARIANTS_DEADLINE
    while time.monotonic() < until:
        image = peer.get_json("/image/?limit=1")["results"][0]
        if image["small"] and image["medium"]:
            return image
        time.sleep(0.1)
    raise RuntimeError("the variants were not made in time")


async def _repeated(folder: Path, port: int, id: ImageId) -> None:
    container = running.contained(load_settings(None, calotype_environment(folder, port)))
    async with running.opened(container, staging=False), container.units().writing() as unit:
        image = await unit.images.get(id)
        for number in range(1, ROWS):
            await unit.images.add(
                ImageDraft(
                    owner=image.owner,
                    name=ImageName(f"sample_{number:04}.png"),
                    original=image.original,
                    variants=image.variants,
                    created_at=image.created_at + timedelta(milliseconds=number),
                )
            )
        await unit.commit()
