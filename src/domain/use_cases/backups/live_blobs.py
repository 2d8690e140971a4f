"""The blobs of images."""

from collections.abc import AsyncIterator

from domain.model.storage.blob import BlobFacts, BlobKey, BlobRecord, BlobState
from domain.ports.database.unit_of_work import UnitsOfWork

BATCH = 500  # blobs


async def live_blobs(units: UnitsOfWork) -> AsyncIterator[tuple[BlobRecord, BlobFacts]]:
    """Every blob that an image has, sorted by key. No unit of work is open between two of them."""
    last: BlobKey | None = None
    while True:
        async with units.reading() as unit:
            records = await unit.ledger.walk(after=last, limit=BATCH)
        for record in records:
            if record.state is BlobState.LIVE and record.facts is not None:
                yield record, record.facts
        if len(records) < BATCH:
            return
        last = records[-1].key
