"""Kinds of file that are not accepted, recognised by their first bytes so that the refusal can name them."""

import re

from adapters.codec.formats.avif.boxes import brands

SIGNATURES = (
    (re.compile(rb"\0\0[\2]\0[^\0]\0"), "CUR"),
    (re.compile(rb"8BPS\0[\1\2]"), "PSD"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "EPS"),
    (re.compile(rb"gimp xcf "), "XCF"),
    (re.compile(rb"icns"), "ICNS"),
    (re.compile(rb"RIFF.{4}AVI ", re.DOTALL), "AVI"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "WebM"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<(\?xml|!--|!DOCTYPE\s+svg).*?)?<(svg:)?svg[\s/>]", re.DOTALL), "SVG"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)", re.IGNORECASE), "HTML"),
)

BRANDS = {
    b"mif1": "HEIF",
    b"msf1": "HEIF",
    b"qt  ": "QuickTime",
    b"isom": "MP4",
    b"iso2": "MP4",
    b"mp41": "MP4",
    b"mp42": "MP4",
    b"M4V ": "MP4",
    b"crx ": "CR3",
}


def label_of(head: bytes) -> str | None:
    """What people call the kind of file that begins with ``head``; None if it is nothing that is known here.

    Accepted formats are not looked for: the caller must have found that it is none of them.
    """
    for brand in brands(head):
        if brand in BRANDS:
            return BRANDS[brand]
    return next((label for signature, label in SIGNATURES if signature.match(head)), None)
