"""Make a picture smaller, wherever it comes from and wherever it goes."""

from dataclasses import dataclass

from domain.errors import EmptyFile
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.pixels.media import ImageFacts
from domain.ports.codec import CompressedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath


@dataclass(frozen=True, slots=True)
class CompressFile:
    """Prove that a file is a picture, and make it smaller as far as the policy allows.

    The header decides whether the picture is let in, before any pixel is decoded.
    """

    codec: ImageCodec
    admission: AdmissionPolicy
    policy: CompressionPolicy

    async def inspect(self, file: StagedFile) -> ImageFacts:
        """The file's facts, if it is a picture that is let in.

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
        """The picture, smaller, at ``target``; ``mode`` in place of the policy's, and no loss unless ``lossy``.

        Raises:
            UndecodableImage, ImageTooExpensive, CodecBusy, …: it cannot be had.
        """
        return await self.codec.compress(file, facts, self.policy.plan(facts, mode=mode, lossy=lossy), target)
