"""What the manifest of hostile files demands, now that some formats in it are converted."""

from typing import Final

CONVERTED: Final = frozenset({"bmp", "ico", "tiff", "bigtiff", "jp2", "j2k", "heif"})
"""Its names of the formats that it lists as refused, and that are accepted. Its other columns are right for them, too."""

_EXPECTED: Final = {"valid": "accept", "disputed": "either", "invalid": "reject"}


def expected(row: dict[str, str]) -> str:
    """What must become of the file: accept, reject or either. Of a converted format that follows from its verdict: what
    other decoders made of it.
    """
    return _EXPECTED[row["verdict"]] if row["magic"] in CONVERTED else row["expect"]
