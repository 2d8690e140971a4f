"""The audit: who did what, to which image, user or key, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.model.access.access_key import AccessKeyId
from domain.model.access.user import UserId

LONGEST_TEXT = 1000  # characters


class Action(StrEnum):
    """What can be done. The names are part of the interface and never change."""

    IMAGE_STORED = "image.stored"
    IMAGE_REPLACED = "image.replaced"
    IMAGE_RECOMPRESSED = "image.recompressed"
    IMAGE_RENAMED = "image.renamed"
    IMAGE_DESCRIBED = "image.described"
    IMAGE_PUBLISHED = "image.published"
    IMAGE_WITHDRAWN = "image.withdrawn"
    IMAGE_DELETED = "image.deleted"
    TICKET_ISSUED = "ticket.issued"
    SIGNED_IN = "sign-in.accepted"
    SIGN_IN_REFUSED = "sign-in.refused"
    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    PASSWORD_SET = "user.password-set"  # noqa: S105  # the name of an action
    QUOTA_SET = "user.quota-set"
    USER_REMOVED = "user.removed"
    KEY_ISSUED = "key.issued"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_REMOVED = "webhook.removed"
    MAINTENANCE_BEGUN = "maintenance.begun"
    MAINTENANCE_ENDED = "maintenance.ended"


class ActorKind(StrEnum):
    """How someone came to act: with a key or a ticket, by logging in, on the command line, or the service by itself."""

    KEY = "key"
    TICKET = "ticket"
    LOG_IN = "log-in"
    CLI = "cli"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. ``user``: in whose name, by HTTP; ``name``: the user of the operating system, on the command line."""

    kind: ActorKind
    user: UserId | None = None
    key: AccessKeyId | None = None
    address: str = ""
    name: str = ""


SERVICE = Actor(kind=ActorKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done. ``user`` is whom it concerns, ``subject`` what, as in ``image 7``."""

    action: Action
    user: UserId | None = None
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A deed, who did it, and when."""

    at: datetime
    actor: Actor
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which records: those about this user or by this user, of this action, from this time on. None: any."""

    user: UserId | None = None
    action: Action | None = None
    since: datetime | None = None

    def matches(self, record: AuditRecord) -> bool:
        deed = record.deed
        return (
            self.user in (None, deed.user, record.actor.user)
            and self.action in (None, deed.action)
            and (self.since is None or record.at >= self.since)
        )
