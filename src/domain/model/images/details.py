"""What a user says about an image. It changes without the image's bytes."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import NewType

from domain.errors import InvalidValue
from domain.model.images.naming import JOINERS, is_storable

Tag = NewType("Tag", str)
Slug = NewType("Slug", str)
"""What a public image has in its URL, so that nobody can find it by trying."""

LONGEST_ALT = 1000  # characters
LONGEST_TAG = 64  # characters
MOST_TAGS = 32
WITHOUT_JOINERS = str.maketrans("", "", JOINERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDetails:
    """``alt`` is a text for people who cannot see the image. ``tags`` are sorted, in lower case, and differ.

    An image with a ``slug`` is public: anyone who knows the slug may see it. From ``expires_at`` on, nobody may see the
    image, and it is deleted soon.
    """

    alt: str = ""
    tags: tuple[Tag, ...] = ()
    slug: Slug | None = None
    expires_at: datetime | None = None

    @property
    def is_public(self) -> bool:
        return self.slug is not None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


NO_DETAILS = ImageDetails()


class Unchanged(Enum):
    """Stands for a value that stays as it is, where None is a value itself."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsChange:
    """New details of an image. None, or ``UNCHANGED`` for ``expires_at``: this detail stays as it is."""

    alt: str | None = None
    tags: Sequence[str] | None = None
    public: bool | None = None
    expires_at: datetime | Unchanged | None = UNCHANGED

    def applied(self, details: ImageDetails, *, slug: Slug, at: datetime) -> ImageDetails:
        """``details`` after this change, made ``at`` this moment. ``slug``: for an image that becomes public.

        Raises:
            InvalidValue: a new detail cannot be used.
        """
        changed = details
        if self.alt is not None:
            changed = replace(changed, alt=_alt(self.alt))
        if self.tags is not None:
            changed = replace(changed, tags=_tags(self.tags))
        if self.public is not None and self.public != details.is_public:
            changed = replace(changed, slug=slug if self.public else None)
        if self.expires_at is not UNCHANGED:
            if self.expires_at is not None and self.expires_at <= at:
                raise InvalidValue("expires_at", "give a time in the future")
            changed = replace(changed, expires_at=self.expires_at)
        return changed


NO_CHANGE = DetailsChange()


def normal_tag(text: str) -> Tag:
    """``text`` as a tag: in Unicode NFC and lower case, without spaces around it.

    Raises:
        InvalidValue: it is empty, too long, or has characters that cannot be seen.
    """
    tag = unicodedata.normalize("NFC", text.strip().lower())
    visible = tag.translate(WITHOUT_JOINERS)
    if not visible or len(tag) > LONGEST_TAG or not is_storable(tag) or not visible.isprintable():
        raise InvalidValue("tags", f"give tags of 1 to {LONGEST_TAG} visible characters")
    return Tag(tag)


def check_new_name(name: str | None) -> None:
    """Return if ``name`` can be made safe without losing all of it; None stands for no new name.

    Raises:
        InvalidValue: nothing would be left of it.
    """
    if name is not None and not name.strip(". "):
        raise InvalidValue("name", "give a name that is not empty")


def _tags(texts: Sequence[str]) -> tuple[Tag, ...]:
    tags = sorted({normal_tag(each) for each in texts})
    if len(tags) > MOST_TAGS:
        raise InvalidValue("tags", f"give at most {MOST_TAGS} tags")
    return tuple(tags)


def _alt(text: str) -> str:
    alt = unicodedata.normalize("NFC", text).strip()
    if len(alt) > LONGEST_ALT or not is_storable(alt):
        raise InvalidValue(
            "alt", f"give a text of at most {LONGEST_ALT:,} characters that can be stored (no NUL, no lone surrogates)"
        )
    return alt
