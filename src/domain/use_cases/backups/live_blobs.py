"""The blobs of images."""

from collections.abc import AsyncIterator

from domain.model.storage.blob import BlobFacts, BlobRecord, BlobState
from domain.ports.database.unit_of_work import UnitsOfWork
from domain.use_cases.blobs.walk_ledger import walk_ledger


async def live_blobs(units: UnitsOfWork) -> AsyncIterator[tuple[BlobRecord, BlobFacts]]:
    """Every blob that an image has, sorted by key."""
    async for record in walk_ledger(units):
        if record.state is BlobState.LIVE and record.facts is not None:
            yield record, record.facts
