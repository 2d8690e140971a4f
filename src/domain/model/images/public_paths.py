"""Where the bytes of public images are shown: those of each file at one path, which nobody can guess."""

import re

from domain.model.images.image import Image
from domain.model.storage.blob import BlobFacts

SLUG = re.compile(r"[0-9A-Za-z]{22}")
VERSION_LENGTH = 12  # hexadecimal digits


def public_path(image: Image, variant: str | None = None) -> str | None:
    """The path of the original of an image, or of one of its variants; None if it is not public, or not made.

    Raises:
        VariantNotFound: this image has no variant of that name.
    """
    shown = image.original if variant is None else image.variant(variant).made
    slug = image.details.slug
    if slug is None or shown is None:
        return None
    return f"/p/{slug}{'' if variant is None else f'/{variant}'}.{shown.format.extension}"


def public_version(facts: BlobFacts) -> str:
    """What the URL of public bytes says of their version: the beginning of their digest."""
    return facts.digest[:VERSION_LENGTH]
