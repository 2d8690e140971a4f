"""What a memory database holds; entities are immutable, so copying the dictionaries copies everything."""

from dataclasses import dataclass, field

from domain.model.access_key import AccessKey, AccessKeyId
from domain.model.blob import BlobKey, BlobRecord
from domain.model.image import Image
from domain.model.naming import ImageId
from domain.model.store_move import Binding
from domain.model.submission import Submission, SubmissionKey
from domain.model.user import User, UserId


@dataclass
class MemoryState:
    images: dict[ImageId, Image] = field(default_factory=dict)
    users: dict[UserId, User] = field(default_factory=dict)
    access_keys: dict[AccessKeyId, AccessKey] = field(default_factory=dict)
    blobs: dict[BlobKey, BlobRecord] = field(default_factory=dict)
    blob_images: dict[BlobKey, ImageId] = field(default_factory=dict)
    submissions: dict[tuple[UserId, SubmissionKey], Submission] = field(default_factory=dict)
    binding: Binding | None = None
    last_id: int = 0

    def next_id(self) -> int:
        """A number never given before; one series serves all kinds."""
        self.last_id += 1
        return self.last_id
