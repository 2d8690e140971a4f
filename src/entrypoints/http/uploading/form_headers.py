"""What the headers of a form and of its parts say: RFC 7578 for forms, RFC 6266 and 8187 for their parameters."""

import re
from dataclasses import dataclass
from email.message import Message
from typing import Any, cast

from entrypoints.http.protocol.errors import MalformedForm, NotMultipart
from entrypoints.http.protocol.problems import AnyRequest

# Only these: Python would import a module for any name, and cache unknown names without a limit.
CHARSETS = frozenset(
    [
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "latin-1",
        "latin1",
        "iso-8859-15",
        "windows-1252",
        "cp1252",
        "utf-16",
        "shift_jis",
        "gb18030",
    ]
)
BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")
FOLDED = re.compile(r"\r\n(?=[ \t])")
MOST_SEMICOLONS = 300  # the time in which a header is read grows with their number times its length
ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))  # how browsers write these characters in a name


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """``name`` is empty if there is none. ``filename`` is None for text."""

    name: str
    filename: str | None
    is_base64: bool


def read_part_headers(block: bytes) -> PartHeaders:
    """What the header lines of a part say. A line that is no header is ignored, and so is the type of the disposition."""
    headers = {}
    for line in FOLDED.sub("", block.decode("latin-1")).split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    _, parameters = read_parameters(headers.get("content-disposition", ""))
    return PartHeaders(
        name=parameters.get("name", "").strip(),
        filename=parameters.get("filename"),
        is_base64=headers.get("content-transfer-encoding", "").lower() == "base64",
    )


def media_type_of(request: AnyRequest) -> str:
    """The media type of the body, in lower case and without parameters; empty if none is stated."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The first word of a header in lower case, and the parameters that follow it by their names in lower case.

    Each character of ``value`` stands for one byte. A value has surrogates where it is not in UTF-8.
    """
    first = value.partition(";")[0].strip().lower()
    if not 1 <= value.count(";") <= MOST_SEMICOLONS:
        return first, {}
    message = Message()
    message["Content-Type"] = value
    try:
        _, *parameters = cast("list[tuple[str, Any]]", message.get_params())
    except (TypeError, ValueError):  # a value in numbered pieces, with impossible numbers
        return first, {}
    found: dict[str, str] = {}
    for name, given in parameters:
        if not isinstance(given, tuple):
            found[name] = _unescaped(_bytes(given).decode(errors="surrogateescape"))
            continue
        charset, _, extended = given
        is_known = (charset or "").lower() in CHARSETS
        if is_known or name not in found:
            found[name] = _bytes(extended).decode(charset if is_known else "utf-8", errors="replace")
    return first, found


def read_boundary(content_type: str) -> str:
    """The boundary of a form.

    Raises:
        NotMultipart: of another media type.
        MalformedForm: no boundary, or an invalid one.
    """
    media_type, parameters = read_parameters(content_type)
    if media_type != "multipart/form-data":
        raise NotMultipart
    boundary = parameters.get("boundary", "")
    if not BOUNDARY.fullmatch(boundary):
        raise MalformedForm("the boundary is missing or malformed")
    return boundary


def _bytes(characters: str) -> bytes:
    return characters.encode("latin-1", errors="replace")


def _unescaped(text: str) -> str:
    for escape, character in ESCAPES:
        text = text.replace(escape, character)
    return text
