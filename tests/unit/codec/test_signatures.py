"""Recognising the kind of a file by its first bytes."""

import pytest

from adapters.codec.format_table.headers import recognise
from domain.errors import FormatNotAccepted, UndecodableImage
from domain.model.pixels.media import ACCEPTED, ImageFormat


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = major + bytes(4) + b"".join(compatible)
    return (8 + len(body)).to_bytes(4, "big") + b"ftyp" + body


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe0", ImageFormat.JPEG),
        (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
        (b"GIF87a", ImageFormat.GIF),
        (b"GIF89a", ImageFormat.GIF),
        (b"RIFF\x0a\x0a\0\0WEBPVP8L", ImageFormat.WEBP),
        (ftyp(b"avif", b"mif1"), ImageFormat.AVIF),
        (ftyp(b"avis", b"msf1"), ImageFormat.AVIF),
        (ftyp(b"mif1", b"miaf", b"avif"), ImageFormat.AVIF),
        (ftyp(b"heic", b"mif1", b"avif"), ImageFormat.AVIF),
    ],
)
def test_a_file_of_an_accepted_format_is_recognised_by_its_first_bytes(head: bytes, expected: ImageFormat) -> None:
    assert recognise(head) is expected


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "BMP"),
        (b"\0\0\x01\0\x01\0\x10\x10", "ICO"),
        (b"8BPS\0\x01", "PSD"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x0a\xfa", "JPEG XL"),
        (b"%PDF-1.7", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"),
        (b"<svg/>", "SVG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- by hand -->\n<svg>", "SVG"),
        (b"<!DOCTYPE html><title>Not found</title>", "HTML"),
        (ftyp(b"heic", b"mif1"), "HEIC"),
        (ftyp(b"mif1", b"heic"), "HEIC"),
        (ftyp(b"mif1", b"miaf"), "HEIF"),
        (ftyp(b"isom", b"mp41"), "MP4"),
        (ftyp(b"qt  "), "QuickTime"),
    ],
)
def test_a_known_kind_of_file_is_refused_by_name(head: bytes, label: str) -> None:
    with pytest.raises(FormatNotAccepted) as refusal:
        recognise(head)
    assert (refusal.value.format, refusal.value.accepted) == (label, ACCEPTED)


@pytest.mark.parametrize("head", [b"", b"hello", b"BMWs are cars, not images", b"RIFF\0\0\0\0WAVEfmt ", ftyp(b"zzzz")])
def test_any_other_file_is_no_image(head: bytes) -> None:
    with pytest.raises(UndecodableImage):
        recognise(head)


def test_a_brand_after_the_end_of_its_box_does_not_count() -> None:
    with pytest.raises(FormatNotAccepted):
        recognise(ftyp(b"heic", b"mif1") + b"avif")
