"""The use cases over memory adapters, a real codec and real staged files, on a clock that is set."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from adapters.blobs.switched import SwitchedBlobStore
from adapters.memory.blobs import MemoryBlobStore
from adapters.memory.units_of_work import MemoryDatabase, MemoryLookups, MemoryUnitsOfWork
from adapters.system.links import HmacLinks
from adapters.system.staging import FolderStaging
from domain.model.access.access_key import Principal
from domain.model.access.user import UserId
from domain.model.images.image import Image
from domain.model.images.naming import ImageId, ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.images.variant import VariantSpec
from domain.model.jobs.job import JobKind, JobReference
from domain.model.jobs.retry import RetryPolicy
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.storage.blob import BlobKey
from domain.model.storage.store_move import StoreName
from domain.ports.codec import ImageCodec
from domain.ports.jobs import JobHandler, JobQueue
from domain.use_cases.blobs.blob_lifecycle import BlobLifecycle
from domain.use_cases.blobs.sweep_blobs import SweepBlobs, SweepPolicy
from domain.use_cases.images.compress_file import CompressFile
from domain.use_cases.images.delete_image import DeleteImage
from domain.use_cases.images.forget_submissions import ForgetSubmissions
from domain.use_cases.images.recompress_image import RecompressImage
from domain.use_cases.images.replace_image import ReplaceImage
from domain.use_cases.images.store_image import StoreImage
from domain.use_cases.images.store_original import StoreOriginal
from domain.use_cases.variants.make_variants import MakeVariants
from domain.use_cases.variants.reconcile_variants import ReconcileVariants
from kit.worlds.entities import SPECS, CountingValues, SetClock
from kit.worlds.faults import FaultPlan, Faulty

ADA = Principal(UserId(1))
LEASE = timedelta(seconds=30)
LONG = timedelta(hours=5)  # longer than any grace, lease or link


class NoQueue(JobQueue):
    """The queue of a process whose background work is done by the test itself."""

    async def put(self, jobs: Sequence[JobReference]) -> None:
        return

    async def run(self, handlers: Mapping[JobKind, JobHandler]) -> None:
        raise AssertionError("the test does this itself")


@dataclass
class Application:
    codec: ImageCodec
    staging: FolderStaging
    faults: FaultPlan = field(default_factory=FaultPlan)
    clock: SetClock = field(default_factory=SetClock)
    random_values: CountingValues = field(default_factory=CountingValues)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    acknowledged: dict[ImageId, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.links = HmacLinks([b"x" * 32], lifetime=3600)
        self.lookups = MemoryLookups(self.database)
        self.switch = SwitchedBlobStore({StoreName("storage"): self.blobs})
        units: Any = Faulty(MemoryUnitsOfWork(self.database), self.faults)
        blobs: Any = Faulty(self.blobs, self.faults)
        staging: Any = Faulty(self.staging, self.faults)
        codec: Any = Faulty(self.codec, self.faults)
        self.units = units
        compress = CompressFile(codec, AdmissionPolicy(), CompressionPolicy())
        self.lifecycle = lifecycle = BlobLifecycle(units, blobs, self.links, self.clock, self.random_values)
        store_original = StoreOriginal(compress, staging, lifecycle)
        self.store_image = StoreImage(
            store_original, lifecycle, units, NoQueue(), self.clock, self.random_values, SPECS
        )
        self.replace_image = ReplaceImage(
            store_original, lifecycle, units, NoQueue(), self.clock, self.random_values, SPECS
        )
        self.recompress_image = RecompressImage(compress, staging, blobs, lifecycle, units, self.clock)
        self.delete_image = DeleteImage(lifecycle, units, self.clock)
        self.make_variants = MakeVariants(units, blobs, codec, staging, self.clock, lifecycle, RetryPolicy())
        self.sweep_blobs = SweepBlobs(units, blobs, self.clock, SweepPolicy(), self.switch)
        self.forget_submissions = ForgetSubmissions(units, self.clock)

    # What people do; what was answered is remembered.

    async def store(
        self,
        data: bytes,
        name: str = "sample.png",
        mode: CompressionMode | None = None,
        key: SubmissionKey | None = None,
    ) -> Image:
        async with self.staging.receive() as writer:
            await writer.write(data)
            image = await self.store_image(replace(ADA, compression=mode), await writer.finish(), name, key)
        self.acknowledged[image.id] = image.original.facts.digest
        return image

    async def replace(self, reference: ImageReference, data: bytes, name: str = "new.png", **named: Any) -> Image:
        async with self.staging.receive() as writer:
            await writer.write(data)
            file = await writer.finish()
            try:
                image = await self.replace_image(ADA, reference, file, name, **named)
            except BaseException:
                if reference.id is not None:
                    self.acknowledged.pop(reference.id, None)  # either the old or the new bytes are right
                raise
        self.acknowledged[image.id] = image.original.facts.digest
        return image

    async def recompress(self, image: Image) -> bool:
        """Whether it became smaller."""
        digest = self.acknowledged.pop(image.id)  # until it is done, either the old or the new bytes are right
        result = await self.recompress_image(image.id, further=True, dry_run=False)
        self.acknowledged[image.id] = result.after.digest if result.is_smaller else digest
        return result.is_smaller

    async def delete(self, image: Image) -> None:
        self.acknowledged.pop(image.id, None)  # asked for: it may be gone, whatever the answer
        await self.delete_image(ADA, ImageReference(id=image.id))

    async def redeclare(self, *specs: VariantSpec) -> int:
        """How many pictures had other variants than these."""
        reconcile = ReconcileVariants(self.units, self.lifecycle, NoQueue(), self.clock, specs)
        return sum([changed async for changed in reconcile()])

    async def make_pending(self) -> int:
        """Do the work that is due, as the queue would."""
        async with self.units.writing() as unit:
            jobs = await unit.variant_jobs.claim(at=self.clock.now(), until=self.clock.now() + LEASE, limit=100)
            await unit.commit()
        for job in jobs:
            await self.make_variants(job)
        return len(jobs)

    # What must hold

    def pictures(self) -> list[Image]:
        return list(self.database.state.images.values())

    def referenced(self) -> set[BlobKey]:
        return {key for image in self.pictures() for key in image.blobs()}

    async def in_store(self) -> set[BlobKey]:
        return {stat.key async for stat in self.blobs.list()}

    async def check(self) -> None:
        """At any moment: no picture lacks its bytes, all bytes are known, and what was acknowledged is there."""
        stored = await self.in_store()
        assert self.referenced() <= stored
        assert stored <= set(self.database.state.blobs)
        for id, digest in self.acknowledged.items():
            image = self.database.state.images[id]
            async with self.blobs.open(image.original.key) as steps:
                data = b"".join([step async for step in steps])
            assert hashlib.sha256(data).hexdigest() == image.original.facts.digest == digest

    async def settle(self) -> None:
        """After whatever happened: time passes, the work is done, and two sweeps leave nothing that is not needed."""
        self.faults.fail_at = self.faults.disturb_at = 0
        for _ in range(3):
            self.clock.at += LONG
            await self.make_pending()
            await self.sweep_blobs()
            await self.check()
        assert await self.in_store() == self.referenced() == set(self.database.state.blobs)
        assert all(variant.made is not None for image in self.pictures() for variant in image.variants)
        assert [*self.staging.inlets.iterdir(), *self.staging.outlets.iterdir()] == []
