"""The header walkers of source formats on unusual, broken and malicious files."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.codec.format_table.headers import HEAD_SIZE, recognise
from adapters.codec.format_table.source_table import SOURCES
from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.source import SourceFacts, SourceFormat
from kit.images.hostile import CONVERTED, expected
from kit.images.sources import HEIC_FOLDER, SOURCE_SAMPLES

MANIFEST_NAMES = {
    SourceFormat.HEIC: {"heif"},
    SourceFormat.TIFF: {"tiff", "bigtiff"},
    SourceFormat.BMP: {"bmp"},
    SourceFormat.ICO: {"ico"},
    SourceFormat.JP2: {"jp2", "j2k"},
}


def rows(corpus: Path) -> Iterator[tuple[dict[str, str], bytes]]:
    folder = corpus / "hostile"
    with (folder / "MANIFEST.csv").open(newline="") as manifest:
        for row in csv.DictReader(manifest):
            if row["magic"] in CONVERTED:
                yield row, (folder / row["file"]).read_bytes()


def facts_of(data: bytes) -> SourceFacts:
    format = AdmissionPolicy().conversion_of(recognise(data[:HEAD_SIZE]))
    assert format is not None
    return SOURCES[format].read_facts(data)


def test_every_file_to_be_accepted_has_facts_with_the_size_of_the_manifest(corpus: Path) -> None:
    wrong, seen = [], 0
    for row, data in rows(corpus):
        if expected(row) == "accept":
            facts = facts_of(data)
            seen += 1
            is_right = row["magic"] in MANIFEST_NAMES[facts.format]
            if row["size_agree"] == "1":
                is_right &= (str(facts.width), str(facts.height)) == (row["width"], row["height"])
            if not is_right:
                wrong.append((row["file"], facts))
    assert wrong == []
    assert seen > 150


def test_no_file_raises_an_error_other_than_a_refusal(corpus: Path) -> None:
    for row, data in rows(corpus):
        try:
            facts_of(data)
        except (UndecodableImage, FormatNotAccepted, ImageTooLarge):
            assert expected(row) != "accept", row["file"]


@pytest.fixture(scope="session")
def small_files(corpus: Path) -> list[bytes]:
    ours = [make() for make in SOURCE_SAMPLES.values()] + [each.read_bytes() for each in HEIC_FOLDER.glob("*.heic")]
    return ours + [data for _, data in rows(corpus) if len(data) < 20_000]


@settings(max_examples=2000, deadline=None)
@given(data=st.data())
def test_no_damaged_file_raises_an_error_other_than_a_refusal(small_files: list[bytes], data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(small_files))
    damaged = bytearray(original)
    places = st.one_of(st.integers(0, min(len(original), 600) - 1), st.integers(0, len(original) - 1))
    for at, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        damaged[at] = value
    mutant = bytes(damaged[: data.draw(st.one_of(st.just(len(original)), st.integers(0, len(original))))])
    with suppress(UndecodableImage, FormatNotAccepted, ImageTooLarge):
        format = AdmissionPolicy().conversion_of(recognise(mutant[:HEAD_SIZE]))
        if format is not None:
            facts = SOURCES[format].read_facts(mutant)
            assert min(facts.width, facts.height, facts.pages, facts.blocks, facts.depth) >= 1
