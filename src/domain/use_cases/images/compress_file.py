"""Make the file of an image smaller."""

from dataclasses import dataclass

from domain.errors import EmptyFile
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.pixels.media import ImageFacts
from domain.ports.codec import CompressedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath


@dataclass(frozen=True, slots=True)
class CompressFile:
    """Prove that a file is an image, and make it smaller as far as the policy allows.

    Whether the image is admitted is decided by its header, before any pixel is decoded.
    """

    codec: ImageCodec
    admission: AdmissionPolicy
    policy: CompressionPolicy

    async def inspect(self, file: StagedFile) -> ImageFacts:
        """The facts of the file, if it is an image that is admitted.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge: it is not.
        """
        if file.size == 0:
            raise EmptyFile
        facts = await self.codec.inspect(file)
        self.admission.admit(facts)
        return facts

    async def __call__(
        self,
        file: StagedFile,
        facts: ImageFacts,
        target: StagedPath,
        *,
        mode: CompressionMode | None = None,
        lossy: bool = True,
    ) -> CompressedImage:
        """The image, as small as it became, at ``target``.

        Args:
            file: The image, which stays as it is.
            facts: What ``inspect`` returned for it.
            target: A fresh path.
            mode: Replaces the mode of the policy.
            lossy: False forbids what the mode allows beyond the same pixels.

        Raises:
            UndecodableImage, ImageTooExpensive, CodecBusy, …: it cannot be decoded, or not now.
        """
        return await self.codec.compress(file, facts, self.policy.plan(facts, mode=mode, lossy=lossy), target)
