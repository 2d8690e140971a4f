"""Use cases of images."""

from dataclasses import dataclass
from functools import cached_property

from domain.use_cases.images.change_details import ChangeDetails
from domain.use_cases.images.checking.check_blobs import CheckBlobs
from domain.use_cases.images.checking.repair_blobs import RepairBlobs
from domain.use_cases.images.compress_file import CompressFile
from domain.use_cases.images.forget_submissions import ForgetSubmissions
from domain.use_cases.images.list_images import ListImages
from domain.use_cases.images.open_link import OpenLink
from domain.use_cases.images.public.purge_cache import PurgeCache
from domain.use_cases.images.public.show_public_image import ShowPublicImage
from domain.use_cases.images.recompressing.recompress_image import RecompressImage
from domain.use_cases.images.recompressing.recompress_images import RecompressImages
from domain.use_cases.images.recompressing.refine_image import RefineImage
from domain.use_cases.images.removing.delete_expired_images import DeleteExpiredImages
from domain.use_cases.images.removing.delete_image import DeleteImage
from domain.use_cases.images.removing.erase_images import EraseImages
from domain.use_cases.images.replace_image import ReplaceImage
from domain.use_cases.images.show_image import ShowImage
from domain.use_cases.images.store_image import StoreImage
from domain.use_cases.images.store_original import StoreOriginal
from domain.use_cases.images.tickets.issue_ticket import IssueTicket
from domain.use_cases.images.tickets.use_ticket import UseTicket
from domain.use_cases.images.walk_images import WalkImages
from entrypoints.assembly.parts import Parts


@dataclass(frozen=True)
class ImageUseCases:
    parts: Parts

    @cached_property
    def compress_file(self) -> CompressFile:
        parts = self.parts
        return CompressFile(
            codec=parts.codec.codec,
            admission=parts.codec.admission,
            policy=parts.codec.compression,
            gain_map=parts.codec.settings.images.gain_map == "keep",
            damaged=parts.codec.settings.images.damaged == "accept",
        )

    @cached_property
    def store_original(self) -> StoreOriginal:
        parts = self.parts
        return StoreOriginal(
            compress=self.compress_file,
            staging=parts.storage.staging,
            lifecycle=parts.lifecycle,
            refine=parts.codec.settings.images.refine,
        )

    @cached_property
    def store_image(self) -> StoreImage:
        return self._storing(return_duplicates=self.parts.codec.settings.images.duplicates == "return")

    def _storing(self, *, return_duplicates: bool) -> StoreImage:
        parts = self.parts
        return StoreImage(
            store_original=self.store_original,
            lifecycle=parts.lifecycle,
            units=parts.database.units,
            jobs=parts.jobs.queue,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
            variants=parts.codec.variants,
            return_duplicates=return_duplicates,
        )

    @cached_property
    def issue_ticket(self) -> IssueTicket:
        parts = self.parts
        return IssueTicket(
            authenticate=parts.authenticate,
            tickets=parts.access.tickets,
            random_values=parts.system.random_values,
            trail=parts.database.trail,
        )

    @cached_property
    def use_ticket(self) -> UseTicket:
        parts = self.parts
        return UseTicket(
            authenticate=parts.authenticate,
            lookups=parts.database.lookups,
            tickets=parts.access.tickets,
            store_image=self._storing(return_duplicates=False),
        )

    @cached_property
    def replace_image(self) -> ReplaceImage:
        parts = self.parts
        return ReplaceImage(
            store_original=self.store_original,
            lifecycle=parts.lifecycle,
            units=parts.database.units,
            jobs=parts.jobs.queue,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
            variants=parts.codec.variants,
            write_purges=parts.write_purges,
        )

    @cached_property
    def change_details(self) -> ChangeDetails:
        parts = self.parts
        return ChangeDetails(
            units=parts.database.units,
            jobs=parts.jobs.queue,
            clock=parts.system.clock,
            random_values=parts.system.random_values,
            write_purges=parts.write_purges,
        )

    @cached_property
    def recompress_image(self) -> RecompressImage:
        parts = self.parts
        return RecompressImage(
            compress=self.compress_file,
            staging=parts.storage.staging,
            blobs=parts.storage.blobs,
            lifecycle=parts.lifecycle,
            units=parts.database.units,
            clock=parts.system.clock,
        )

    @cached_property
    def refine_image(self) -> RefineImage:
        return RefineImage(self.recompress_image)

    @cached_property
    def recompress_images(self) -> RecompressImages:
        parts = self.parts
        return RecompressImages(
            walk=self.walk_images,
            recompress=self.recompress_image,
            concurrency=parts.system.concurrency,
            at_once=parts.codec.limits.workers,
        )

    @cached_property
    def check_blobs(self) -> CheckBlobs:
        parts = self.parts
        return CheckBlobs(
            walk=self.walk_images,
            units=parts.database.units,
            blobs=parts.storage.blobs,
            concurrency=parts.system.concurrency,
        )

    @cached_property
    def repair_blobs(self) -> RepairBlobs:
        parts = self.parts
        return RepairBlobs(
            units=parts.database.units,
            lifecycle=parts.lifecycle,
            blobs=parts.storage.blobs,
            jobs=parts.jobs.queue,
            clock=parts.system.clock,
        )

    @cached_property
    def walk_images(self) -> WalkImages:
        return WalkImages(units=self.parts.database.units, catalogue=self.parts.database.catalogue)

    @cached_property
    def delete_image(self) -> DeleteImage:
        return DeleteImage(remove=self.parts.remove_images, units=self.parts.database.units)

    @cached_property
    def erase_images(self) -> EraseImages:
        return self.parts.erase_images

    @cached_property
    def delete_expired_images(self) -> DeleteExpiredImages:
        parts = self.parts
        return DeleteExpiredImages(remove=parts.remove_images, units=parts.database.units, clock=parts.system.clock)

    @cached_property
    def show_image(self) -> ShowImage:
        parts = self.parts
        return ShowImage(authenticate=parts.authenticate, lookups=parts.database.lookups, clock=parts.system.clock)

    @cached_property
    def purge_cache(self) -> PurgeCache:
        return PurgeCache(servers=self.parts.remote.cache, cache=self.parts.remote.cache_url)

    @cached_property
    def show_public_image(self) -> ShowPublicImage:
        return ShowPublicImage(lookups=self.parts.database.lookups, clock=self.parts.system.clock)

    @cached_property
    def list_images(self) -> ListImages:
        return ListImages(catalogue=self.parts.database.catalogue)

    @cached_property
    def open_link(self) -> OpenLink:
        parts = self.parts
        return OpenLink(
            links=parts.access.own_links,
            lookups=parts.database.lookups,
            clock=parts.system.clock,
        )

    @cached_property
    def forget_submissions(self) -> ForgetSubmissions:
        return ForgetSubmissions(units=self.parts.database.units, clock=self.parts.system.clock)
