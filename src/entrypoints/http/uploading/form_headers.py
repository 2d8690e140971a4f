"""What the headers of a form and of its parts say: RFC 7578."""

import re
from dataclasses import dataclass

from adapters.shared.header_parameters import read_parameters
from entrypoints.http.protocol.errors import MalformedForm, NotMultipart
from entrypoints.http.protocol.problems import AnyRequest

BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")
FOLDED = re.compile(r"\r\n(?=[ \t])")


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
