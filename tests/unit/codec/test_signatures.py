"""Recognising the kind of a file by its first bytes."""

import pytest

from adapters.codec.format_table.headers import recognise
from domain.errors import FormatNotAccepted, UndecodableImage
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import SourceFormat, UploadedFormat


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
        (ftyp(b"heic", b"mif1"), SourceFormat.HEIC),
        (ftyp(b"mif1", b"heic"), SourceFormat.HEIC),
        (ftyp(b"msf1", b"hevc", b"heic"), SourceFormat.HEIC),
        (b"II*\0\x08\0\0\0", SourceFormat.TIFF),
        (b"MM\0*\0\0\0\x08", SourceFormat.TIFF),
        (b"MM\0+\0\x08\0\0", SourceFormat.TIFF),
        (b"BM" + bytes(12) + b"\x28\0\0\0", SourceFormat.BMP),
        (b"\0\0\x01\0\x01\0\x10\x10\0\0", SourceFormat.ICO),
        (b"\0\0\0\x0cjP  \r\n\x87\n", ImageFormat.JP2),
        (b"\xff\x4f\xff\x51", ImageFormat.JP2),
        (b"\0\0\0\x0cJXL \r\n\x87\n", ImageFormat.JXL),
        (b"\xff\x0a\xfa", ImageFormat.JXL),
    ],
)
def test_a_file_of_an_accepted_format_is_recognised_by_its_first_bytes(head: bytes, expected: UploadedFormat) -> None:
    assert recognise(head) is expected


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"\0\0\x02\0\x01\0\x10\x10", "CUR"),
        (b"8BPS\0\x01", "PSD"),
        (b"%PDF-1.7", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"),
        (b"<svg/>", "SVG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- by hand -->\n<svg>", "SVG"),
        (b"<!DOCTYPE html><title>Not found</title>", "HTML"),
        (ftyp(b"mif1", b"miaf"), "HEIF"),
        (ftyp(b"isom", b"mp41"), "MP4"),
        (ftyp(b"qt  "), "QuickTime"),
    ],
)
def test_a_known_kind_of_file_is_refused_by_name(head: bytes, label: str) -> None:
    with pytest.raises(FormatNotAccepted) as refusal:
        recognise(head)
    assert refusal.value.format == label


@pytest.mark.parametrize("head", [b"", b"hello", b"BMWs are cars, not images", b"RIFF\0\0\0\0WAVEfmt ", ftyp(b"zzzz")])
def test_any_other_file_is_no_image(head: bytes) -> None:
    with pytest.raises(UndecodableImage):
        recognise(head)


def test_a_brand_after_the_end_of_its_box_does_not_count() -> None:
    assert recognise(ftyp(b"heic", b"mif1") + b"avif") is SourceFormat.HEIC
