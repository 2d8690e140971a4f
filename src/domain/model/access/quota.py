"""Quotas: how many images a user may have, and how many bytes their originals may have together."""

from dataclasses import dataclass

from domain.errors import QuotaExceeded
from domain.model.access.user import UserId

NO_LIMIT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of images, and of bytes of their stored originals. Variants do not count."""

    images: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.images + other.images, self.bytes + other.bytes)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.images - other.images, self.bytes - other.bytes)


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Claim:
    """What an upload holds until it is stored, if there is room for ``needed``: it must fit as it is sent, too."""

    user: UserId
    held: Amount
    needed: Amount

    @classmethod
    def of(cls, user: UserId, *, sent: int, stored: int, replaced: int | None = None) -> "Claim":
        """That of a file of so many bytes, for a new image, or for one whose original has ``replaced`` bytes."""
        images, before = (1, 0) if replaced is None else (0, replaced)
        held = Amount(images, max(0, stored - before))
        return cls(user, held, Amount(images, max(0, sent - before, stored - before)))


@dataclass(frozen=True, slots=True)
class Quota:
    """The most that a user may have; ``NO_LIMIT``: any number."""

    images: int = NO_LIMIT
    bytes: int = NO_LIMIT


NO_QUOTA = Quota()


@dataclass(frozen=True, slots=True)
class OwnQuota:
    """What is set for one user; None: as the settings say."""

    images: int | None = None
    bytes: int | None = None

    def within(self, usual: Quota) -> Quota:
        """The quota that holds, where ``usual`` is that of the settings."""
        return Quota(
            images=usual.images if self.images is None else self.images,
            bytes=usual.bytes if self.bytes is None else self.bytes,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user has, and what is reserved for uploads that are being stored."""

    used: Amount = NOTHING
    reserved: Amount = NOTHING
    own: OwnQuota = OwnQuota()

    def left(self, usual: Quota) -> Quota:
        """What the user may still store."""
        quota, taken = self.own.within(usual), self.used + self.reserved
        return Quota(
            images=NO_LIMIT if quota.images == NO_LIMIT else max(0, quota.images - taken.images),
            bytes=NO_LIMIT if quota.bytes == NO_LIMIT else max(0, quota.bytes - taken.bytes),
        )

    def is_nearly_full(self, usual: Quota) -> bool:
        """Whether nine tenths of what the user may have are taken."""
        quota, taken = self.own.within(usual), self.used + self.reserved
        return taken.images >= quota.images - quota.images // 10 or taken.bytes >= quota.bytes - quota.bytes // 10

    def admit(self, needed: Amount, usual: Quota) -> None:
        """Return if there is room for ``needed``. What needs nothing more always has room, also over the quota.

        Raises:
            QuotaExceeded: there is not.
        """
        quota, left = self.own.within(usual), self.left(usual)
        if needed.images > max(0, left.images):
            raise QuotaExceeded("images", quota.images, left.images, needed.images)
        if needed.bytes > max(0, left.bytes):
            raise QuotaExceeded("bytes", quota.bytes, left.bytes, needed.bytes)


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """What all users have together. ``nearly_full``: the number of users who have nearly as much as they may have."""

    users: int = 0
    used: Amount = NOTHING
    nearly_full: int = 0
