"""A profile of a page of a list by part: ``python -m bench.profiles.page_parts`` prints it as a table.

Pages of 100 images with two variants and three links each, from SQLite, with nothing cached. The figures are processor
time of all threads of one process, as medians over the pages.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
from bench.peers.calotype import database_file
from bench.peers.stock import seeded
from bench.report.section import table

from adapters.blobs.s3.bucket import MinioBucket
from adapters.blobs.s3.links import MinioLinks
from adapters.sql.reads.drivers import Driver, make_list_drivers
from adapters.sql.reads.page_queries import Kind, images_query, stamps_query
from adapters.sql.schema.image_rows import image_from
from adapters.sql.transactions.database_url import SqliteUrl
from adapters.system.links import HmacLinks
from domain.model.images.image import Image
from domain.model.images.page import Direction, Ordering
from domain.ports.blobs import BlobLinks
from domain.use_cases.images.image_bytes import link_to
from entrypoints.schemas import ImageSerializer

PAGES, PAGE = 60, 100
LIFETIME = 3600  # seconds of a link
STORE = MinioBucket(
    endpoint="127.0.0.1:1", public_endpoint="", bucket="bench", access_key="a", secret_key="s" * 40, region="r", secure=False
)  # fmt: skip


def main() -> None:
    with TemporaryDirectory(prefix="calotype-page-") as name:
        folder = Path(name)
        seeded(folder, PAGES * PAGE)
        found = asyncio.run(_measured(make_list_drivers(SqliteUrl(database_file(folder)), 1)[0]))
    whole = sum(map(median, found.values()))
    rows = [(part, f"{median(times):.2f} ms", f"{median(times) / whole:.0%}") for part, times in found.items()]
    print(table(("part", "CPU", "share"), rows))


async def _measured(driver: Driver) -> Mapping[str, Sequence[float]]:
    """Milliseconds of each part, for each page."""
    spent: dict[str, list[float]] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        spent.setdefault(name, []).append((time.process_time() - began) * 1e3)

    own, store = HmacLinks([b"k" * 32], LIFETIME), MinioLinks(STORE, LIFETIME)
    serializer, at = ImageSerializer(own), datetime.now(UTC)
    stamps = stamps_query(Kind(Ordering.NEWEST, Direction.ONWARD, frozenset()), driver.dialect)
    query = images_query(PAGE, driver.dialect)
    [[user]] = await driver.fetch("SELECT id FROM users")
    values: dict[str, object] = {"user": user, "limit": PAGE, "offset": 0, "value": 2**62, "id": 2**62}
    for _ in range(PAGES):
        with part("SQLite: the query and its rows"):
            found = await driver.fetch(stamps.text, *(values[name] for name in stamps.names))
            numbers = {f"id{place}": row[2] for place, row in enumerate(found)}
            rows = await driver.fetch(query.text, *(numbers[name] for name in query.names))
        with part("rows to entities"):
            images = [image_from(list(group)) for _, group in groupby(rows, key=itemgetter(0))]
        with part("300 links to the service"):
            _sign(own, images, at)
        with part("entities to JSON"):
            for image in images:
                msgspec.json.encode(serializer.image(image, "http://127.0.0.1:8000", at))
        with part("(300 links to an S3 store instead)"):
            _sign(store, images, at)
        values |= {"id": found[-1][2], "value": found[-1][4]}
    await driver.close()
    return spent


def _sign(links: BlobLinks, images: Sequence[Image], at: datetime) -> None:
    for image in images:
        for variant in (None, "small", "medium"):
            links.sign(link_to(image, variant), at)


if __name__ == "__main__":
    main()
