"""What was done, as it follows from what is stored before and after."""

from collections.abc import Iterator

from domain.model.access.access_key import AccessKey
from domain.model.access.quota import OwnQuota
from domain.model.access.user import User, UserId
from domain.model.audit.record import LONGEST_TEXT, Action, Deed
from domain.model.images.image import Image
from domain.model.images.naming import ImageId
from domain.model.webhooks.webhook import Webhook


def subject_of(image: ImageId) -> str:
    """How records name an image."""
    return f"image {image}"


def image_deed(action: Action, image: Image, detail: str = "") -> Deed:
    return Deed(action, image.user, subject_of(image.id), (detail or image.name)[:LONGEST_TEXT])


def image_changes(before: Image, after: Image) -> Iterator[Deed]:
    """A change of variants alone is no deed."""
    if before.original.key != after.original.key:
        is_same_upload = before.original.uploaded == after.original.uploaded
        yield image_deed(Action.IMAGE_RECOMPRESSED if is_same_upload else Action.IMAGE_REPLACED, after)
    if before.name != after.name:
        yield image_deed(Action.IMAGE_RENAMED, after, f"{before.name} -> {after.name}")
    old, new = before.details, after.details
    if old.slug != new.slug:
        yield image_deed(Action.IMAGE_WITHDRAWN if new.slug is None else Action.IMAGE_PUBLISHED, after)
    described = ("alt", "tags", "expires_at")
    changed = [name for name in described if getattr(old, name) != getattr(new, name)]
    if changed:
        yield image_deed(Action.IMAGE_DESCRIBED, after, ", ".join(changed))


def user_deed(action: Action, user: User) -> Deed:
    return Deed(action, user.id, f"user {user.id}", user.username)


def user_changes(before: User, after: User) -> Iterator[Deed]:
    rest = True
    if before.password_hash != after.password_hash:
        rest = False
        yield user_deed(Action.PASSWORD_SET, after)
    if before.is_disabled != after.is_disabled:
        rest = False
        yield user_deed(Action.USER_DISABLED if after.is_disabled else Action.USER_ENABLED, after)
    if rest and before != after:
        yield user_deed(Action.USER_CHANGED, after)


def quota_deed(user: UserId, own: OwnQuota) -> Deed:
    return Deed(Action.QUOTA_SET, user, f"user {user}", f"images: {own.images}, bytes: {own.bytes}")


def key_deed(action: Action, key: AccessKey, detail: str = "") -> Deed:
    return Deed(action, key.user, f"key {key.id}", (detail or key.name)[:LONGEST_TEXT])


def key_changes(before: AccessKey, after: AccessKey) -> Iterator[Deed]:
    if before.revoked_at is None and after.revoked_at is not None:
        yield key_deed(Action.KEY_REVOKED, after)
    elif before.serial != after.serial:
        yield key_deed(Action.KEY_ROTATED, after)
    elif before.compression != after.compression:
        yield key_deed(Action.KEY_CHANGED, after, f"compression: {after.compression or 'default'}")


def webhook_deed(action: Action, webhook: Webhook) -> Deed:
    """The URL is not said: it may hold a secret."""
    return Deed(action, webhook.user, f"webhook {webhook.id}")
