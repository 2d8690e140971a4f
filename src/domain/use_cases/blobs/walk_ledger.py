"""Every row of the ledger of blobs."""

from collections.abc import AsyncIterator

from domain.model.storage.blob import BlobKey, BlobRecord
from domain.ports.database.unit_of_work import UnitsOfWork

BATCH = 500  # blobs


async def walk_ledger(units: UnitsOfWork) -> AsyncIterator[BlobRecord]:
    """The records, sorted by key. No unit of work is open between two of them."""
    last: BlobKey | None = None
    while True:
        async with units.reading() as unit:
            records = await unit.ledger.walk(after=last, limit=BATCH)
        for record in records:
            yield record
        if len(records) < BATCH:
            return
        last = records[-1].key
