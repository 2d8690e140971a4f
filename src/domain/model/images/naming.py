"""Names of pictures: what the client called the file, made safe, with the extension that the bytes deserve."""

import re
import unicodedata
from dataclasses import dataclass
from typing import NewType

from domain.model.pixels.media import ImageFormat

ImageId = NewType("ImageId", int)
ImageName = NewType("ImageName", str)

LARGEST_NUMBER = 2**63 - 1  # that databases keep
LONGEST_NAME = 255  # bytes of UTF-8, the most that file systems take
STEM_OF_THE_NAMELESS = "image"
SUFFIX_LENGTH = 7

# An ending is replaced only where it claims a kind of file; "holiday.2024" has none to replace.
FILE_ENDINGS = frozenset(extension for format in ImageFormat for extension in format.extensions) | {
    "apng", "avifs", "heic", "heif", "bmp", "tif", "tiff", "svg", "svgz", "ico", "pdf", "psd", "jxl", "jp2", "raw", "dng",
    "txt", "bin", "html", "htm", "php", "js", "exe", "tmp",
}  # fmt: skip


JOINERS = "\u200c\u200d"  # needed to write Persian and to compose emoji


def _fits_in_a_name(character: str) -> bool:
    # Out go controls, bidirectional overrides, lone surrogates, and line and paragraph separators.
    return character in JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _cut(text: str, length: int) -> str:
    """``text`` cut to at most ``length`` bytes of UTF-8, between characters."""
    return text.encode()[: max(0, length)].decode(errors="ignore").rstrip(". ")


def safe_name(submitted: str, format: ImageFormat) -> ImageName:
    """A name for a picture of ``format`` that a client calls ``submitted``.

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
    stem = _cut(stem.strip(". "), LONGEST_NAME - len(extension) - 1) or STEM_OF_THE_NAMELESS
    return ImageName(f"{stem}.{extension}")


def is_sayable(text: str) -> bool:
    """Whether databases can hold ``text`` at all."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def folded(name: str) -> str:
    """``name`` as it is searched for and sorted by: alike for names that differ in case only."""
    return unicodedata.normalize("NFC", name).casefold()


def with_suffix(name: ImageName, suffix: str) -> ImageName:
    """``sample.png`` as ``sample_<suffix>.png``, still at most 255 bytes long."""
    stem, _, extension = name.rpartition(".")
    stem = _cut(stem, LONGEST_NAME - len(extension) - len(suffix) - 2)
    return ImageName(f"{stem}_{suffix}.{extension}")


def variant_name(name: ImageName, variant: str, format: ImageFormat) -> ImageName:
    """What a variant of ``sample.png`` is called when it is saved: ``sample_small.png``."""
    return with_suffix(ImageName(f"{name.rpartition('.')[0]}.{format.extension}"), variant)


def fits_format(name: ImageName, format: ImageFormat) -> bool:
    """Whether the extension of ``name`` promises ``format``."""
    return name.rpartition(".")[2].lower() in format.extensions


@dataclass(frozen=True, slots=True)
class ImageReference:
    """How a client addresses a picture: by number or by name. All digits is a number; a name has an extension."""

    id: ImageId | None = None
    name: ImageName | None = None

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """The picture that ``text`` addresses; a number too large to exist addresses none."""
        if text.isascii() and text.isdecimal():
            number = int(text) if len(text) < 20 else 0
            return cls(id=ImageId(number if number <= LARGEST_NUMBER else 0))
        # A mangled address may hold what no database can take.
        sayable = text.replace("\0", "?").encode(errors="replace").decode()
        return cls(name=ImageName(unicodedata.normalize("NFC", sayable)))

    def addresses(self, id: ImageId, name: ImageName) -> bool:
        return self.id == id if self.id is not None else self.name == name
