"""What a memory database holds. Entities are immutable, so a copy of the dictionaries is a copy of everything."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.model.access.access_key import AccessKey, AccessKeyId
from domain.model.access.log_in_policy import Mark
from domain.model.access.quota import Amount, OwnQuota
from domain.model.access.user import User, UserId
from domain.model.audit.record import AuditRecord
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.images.submission import Submission, SubmissionKey
from domain.model.jobs.job import Job, JobId
from domain.model.storage.blob import BlobKey, BlobRecord
from domain.model.storage.store_move import Binding
from domain.model.webhooks.webhook import Webhook, WebhookId


@dataclass
class MemoryState:
    images: dict[ImageId, Image] = field(default_factory=dict)
    users: dict[UserId, User] = field(default_factory=dict)
    access_keys: dict[AccessKeyId, AccessKey] = field(default_factory=dict)
    blobs: dict[BlobKey, BlobRecord] = field(default_factory=dict)
    blob_images: dict[BlobKey, ImageId] = field(default_factory=dict)
    held: dict[BlobKey, tuple[UserId, Amount]] = field(default_factory=dict)  # only of staged keys
    quotas: dict[UserId, OwnQuota] = field(default_factory=dict)
    jobs: dict[JobId, Job] = field(default_factory=dict)
    submissions: dict[tuple[UserId, SubmissionKey], Submission] = field(default_factory=dict)
    webhooks: dict[WebhookId, Webhook] = field(default_factory=dict)
    log_in_marks: dict[Mark, datetime] = field(default_factory=dict)
    binding: Binding | None = None
    objections: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    maintenance_since: datetime | None = None
    audit: list[AuditRecord] = field(default_factory=list)
    last_id: int = 0

    def next_id(self) -> int:
        """An id never given before; all kinds of entities share one series."""
        self.last_id += 1
        return self.last_id
