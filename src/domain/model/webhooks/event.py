"""Events of images: what webhooks are told."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.model.images.image import Image
from domain.model.images.variant import Variant, VariantState


class EventType(StrEnum):
    """The types of events that a webhook can ask for. Their names are part of the interface and never change."""

    IMAGE_STORED = "image.stored"
    IMAGE_REPLACED = "image.replaced"
    IMAGE_DELETED = "image.deleted"
    VARIANT_READY = "variant.ready"
    VARIANT_FAILED = "variant.failed"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a webhook: the text of the body, and an id by which a receiver knows it when it comes again."""

    id: str
    body: str

    @classmethod
    def of(cls, type: str, at: datetime, data: Mapping[str, object]) -> "Message":
        """The message that something of this type happened at this time, which must be in UTC.

        Its id is made of its content. Two messages are never equal, since each change of an image has its own version
        and time.
        """
        moment = at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        body = json.dumps({"type": type, "timestamp": moment, "data": data}, separators=(",", ":"))
        return cls(f"msg_{hashlib.sha256(body.encode()).hexdigest()[:32]}", body)


@dataclass(frozen=True, slots=True)
class ImageEvent:
    """Something that happened to an image, in the state that it has since, or had last, or to one of its variants."""

    type: EventType
    image: Image
    at: datetime
    variant: Variant | None = None

    @property
    def message(self) -> Message:
        image = self.image
        data: dict[str, object] = {
            "id": image.id,
            "name": image.name,
            "user": image.user,
            "version": image.version,
            "sha256": image.original.facts.digest,
        }
        if self.variant is not None:
            data["variant"] = self.variant.name
        if self.type is EventType.VARIANT_FAILED and self.variant is not None:
            data["failure"] = self.variant.failure
        return Message.of(self.type, self.at, data)


def original_events(type: EventType, image: Image, at: datetime) -> Sequence[ImageEvent]:
    """The image has a new original, with which some of its variants may be ready at once."""
    return [ImageEvent(type, image, at), *variant_events(image, [each.name for each in image.variants], at)]


def variant_events(image: Image, names: Collection[str], at: datetime) -> Sequence[ImageEvent]:
    """These variants of the image may have become ready, or may have failed, just now. Those still pending cause nothing."""
    types = {VariantState.READY: EventType.VARIANT_READY, VariantState.FAILED: EventType.VARIANT_FAILED}
    return [
        ImageEvent(types[each.state], image, at, each)
        for each in image.variants
        if each.name in names and each.state in types
    ]
