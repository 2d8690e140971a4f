"""The parameters of a header, such as the file name in Content-Disposition: RFC 6266, and RFC 8187 for other characters."""

from email.message import Message
from typing import Any, cast

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
MOST_SEMICOLONS = 300  # the time in which a header is read grows with their number times its length
ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))  # how browsers write these characters in a name


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


def _bytes(characters: str) -> bytes:
    return characters.encode("latin-1", errors="replace")


def _unescaped(text: str) -> str:
    for escape, character in ESCAPES:
        text = text.replace(escape, character)
    return text
