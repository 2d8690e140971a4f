"""Names and references of images. A name is the client's file name, made safe, with the extension of the real format."""

import re
import unicodedata
from dataclasses import dataclass
from typing import NewType

from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import EVERY_FORMAT, SourceFormat, UploadedFormat

ImageId = NewType("ImageId", int)
ImageName = NewType("ImageName", str)

LARGEST_INTEGER = 2**63 - 1  # that databases can hold
INTEGER_DIGITS = 19  # of the largest integer
LONGEST_NAME = 255  # bytes of UTF-8; file systems allow no more
DEFAULT_STEM = "image"
SUFFIX_LENGTH = 7

# Only an ending that means a kind of file is replaced: "holiday.2024" has none.
FILE_ENDINGS = frozenset(extension for format in EVERY_FORMAT for extension in format.extensions) | {
    "apng", "avifs", "heics", "heifs", "cur", "svg", "svgz", "pdf", "psd", "raw", "dng",
    "txt", "bin", "html", "htm", "php", "js", "exe", "tmp",
}  # fmt: skip
SOURCE_EXTENSIONS = frozenset(extension for format in SourceFormat for extension in format.extensions)

JOINERS = "\u200c\u200d"  # needed to write Persian and to combine emoji


def _fits_in_a_name(character: str) -> bool:
    # Removed are control characters, bidirectional overrides, lone surrogates, and line and paragraph separators.
    return character in JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _cut(text: str, length: int) -> str:
    """``text`` cut to at most ``length`` bytes of UTF-8, between characters."""
    return text.encode()[: max(0, length)].decode(errors="ignore").rstrip(". ")


def safe_name(submitted: str, format: UploadedFormat) -> ImageName:
    """A name for an image of ``format`` whose file the client calls ``submitted``.

    The result has no path, no control characters and no leading dot, is in Unicode NFC, ends in an extension of
    ``format``, and has at most 255 bytes.
    """
    last = re.split(r"[/\\]", submitted)[-1]
    visible = unicodedata.normalize("NFC", "".join(filter(_fits_in_a_name, last))).strip(". ")
    stem, dot, ending = visible.rpartition(".")
    if not dot:
        stem, ending = visible, ""
    if ending.lower() in format.extensions:
        extension = ending
    else:
        extension = format.extension
        if ending.lower() not in FILE_ENDINGS:
            stem = visible
    stem = _cut(stem.strip(". "), LONGEST_NAME - len(extension) - 1) or DEFAULT_STEM
    return ImageName(f"{stem}.{extension}")


def is_storable(text: str) -> bool:
    """Whether databases can store ``text``: it has no null characters and no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def whole_number(text: str) -> int | None:
    """The number that ``text`` writes in ASCII digits; None if it writes none, or one that databases cannot hold."""
    if not text.isascii() or not text.isdecimal() or len(text) > INTEGER_DIGITS:
        return None
    number = int(text)
    return number if number <= LARGEST_INTEGER else None


def folded(name: str) -> str:
    """``name`` in the form for searching and sorting: the same for names that differ only in case."""
    return unicodedata.normalize("NFC", name).casefold()


def with_suffix(name: ImageName, suffix: str) -> ImageName:
    """``sample.png`` as ``sample_<suffix>.png``, still at most 255 bytes long."""
    stem, _, extension = name.rpartition(".")
    stem = _cut(stem, LONGEST_NAME - len(extension) - len(suffix) - 2)
    return ImageName(f"{stem}_{suffix}.{extension}")


def variant_name(name: ImageName, variant: str, format: ImageFormat) -> ImageName:
    """The file name of a variant of ``sample.png``: ``sample_small.png``."""
    return with_suffix(ImageName(f"{name.rpartition('.')[0]}.{format.extension}"), variant)


def fits_format(name: ImageName, format: UploadedFormat) -> bool:
    """Whether ``name`` has an extension of ``format``."""
    return name.rpartition(".")[2].lower() in format.extensions


def sent_name_of(submitted: str, format: UploadedFormat) -> ImageName | None:
    """The sent name of an image whose upload the client calls ``submitted``, if its ``format`` is a source format.

    Where such a format is kept, its name and its sent name are the same. So an extension says which of the two a reference
    means, and no image has a name that is the sent name of another.
    """
    name = safe_name(submitted, format)
    return name if is_sent_name(name) else None


def is_sent_name(name: ImageName) -> bool:
    """Whether ``name`` can only be a sent name: its extension is of a source format."""
    return name.rpartition(".")[2].lower() in SOURCE_EXTENSIONS


@dataclass(frozen=True, slots=True)
class ImageReference:
    """How a client refers to an image: by id (only digits) or by a name (always with an extension).

    That is its name, or its sent name.
    """

    id: ImageId | None = None
    name: ImageName | None = None
    sent_name: ImageName | None = None

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """The reference that ``text`` holds. An id that is too large to exist becomes 0, which no image has."""
        if text.isascii() and text.isdecimal():
            return cls(id=ImageId(whole_number(text) or 0))
        # A malformed URL may hold characters that no database can store.
        storable = text.replace("\0", "?").encode(errors="replace").decode()
        name = ImageName(unicodedata.normalize("NFC", storable))
        return cls(sent_name=name) if is_sent_name(name) else cls(name=name)
