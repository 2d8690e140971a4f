"""Make the file of an image smaller."""

from dataclasses import dataclass

from domain.errors import EmptyFile
from domain.model.access.user import UserId
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode, CompressionPolicy
from domain.model.pixels.upload_rules import UploadRules
from domain.ports.codec import CompressedImage, ImageCodec
from domain.ports.staging import StagedFile, StagedPath


@dataclass(frozen=True, slots=True)
class CompressFile:
    """Prove that a file is an image, and make it smaller as far as the policy allows.

    Whether the image is admitted is decided by its header, before any pixel is decoded. Gain maps are left out unless
    ``gain_map`` is True, and files that were cut short are refused unless ``damaged`` is.
    """

    codec: ImageCodec
    admission: AdmissionPolicy
    policy: CompressionPolicy
    gain_map: bool = True
    damaged: bool = False

    async def __call__(
        self,
        file: StagedFile,
        target: StagedPath,
        *,
        user: UserId | None = None,
        mode: CompressionMode | None = None,
        lossy: bool = True,
        quick: bool = False,
        is_stored: bool = False,
    ) -> CompressedImage:
        """The image, as small as it became, at ``target``.

        Args:
            file: The image, which stays as it is.
            target: A fresh path.
            user: The user who waits for it; None if no user does.
            mode: Replaces the mode of the policy.
            lossy: False forbids what the mode allows beyond the same pixels.
            quick: Pack an image that takes long only fast, because a client waits.
            is_stored: It is a stored original, so it keeps its format, whatever is accepted today.

        Raises:
            EmptyFile, UndecodableImage, FormatNotAccepted, ImageTooLarge: it is not an image that is admitted.
            ImageTooExpensive, CodecBusy, …: it cannot be decoded, or not now.
        """
        if file.size == 0:
            raise EmptyFile
        rules = UploadRules(
            admission=self.admission.of_stored if is_stored else self.admission,
            mode=mode or self.policy.mode,
            lossy=lossy,
            quick=quick,
            gain_map=self.gain_map,
            damaged=self.damaged,
        )
        return await self.codec.compress(file, rules, target, user)
