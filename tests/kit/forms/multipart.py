"""Multipart forms, written byte by byte."""

from kit.images.samples import sample_image

SAMPLE = sample_image()
MULTIPART = "multipart/form-data; boundary=xx"
TYPED = b"Content-Type: image/png\r\n"
BASE64 = b"Content-Transfer-Encoding: base64\r\n"


def text_type(charset: bytes) -> bytes:
    return b"Content-Type: text/plain; charset=" + charset + b"\r\n"


def part(disposition: bytes, body: bytes = b"text", more: bytes = b"", type: bytes = b"form-data") -> bytes:
    """A part without the boundaries around it; ``more`` are further header lines."""
    return b"Content-Disposition: " + type + b"; " + disposition + b"\r\n" + more + b"\r\n" + body


def file(parameter: bytes = b'filename="a.png"', more: bytes = TYPED, field: bytes = b'name="original"') -> bytes:
    return part(field + b"; " + parameter, SAMPLE, more)


def form(*parts: bytes, boundary: bytes = b"xx", line_end: bytes = b"\r\n") -> bytes:
    delimiter = b"--" + boundary
    return b"".join(delimiter + line_end + each + line_end for each in parts) + delimiter + b"--" + line_end


TITLE = part(b'name="title"')
FILE = file()
