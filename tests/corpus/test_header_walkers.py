"""The structure walkers on more than a thousand unusual, broken and malicious files."""

import csv
import io
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.media import ImageFacts, ImageFormat

GAIN_MAP = {b"http://ns.adobe.com/xap", b"<x:xmpmeta", b"MPF\0"}  # by which one is stated
PRIVATE = (
    b"http://ns.adobe.com/xap",
    b"<x:xmpmeta",
    b"Photoshop 3.0\0",
    b"JFXX\0",
    b"MPF\0",
    b"jumb",
    b"GPSL",
)
JPEG_2000 = {"jp2", "j2k"}  # as the manifest calls them


class Sample(NamedTuple):
    name: str
    data: bytes
    row: dict[str, str]


class Frame(NamedTuple):
    """The properties that stripping must not change; ``info`` is what Pillow read in addition to the pixels."""

    mode: str
    size: tuple[int, int]
    pixels: bytes
    palette: bytes
    info: tuple[object, ...]


def samples(folder: Path) -> Iterator[Sample]:
    with (folder / "MANIFEST.csv").open(newline="") as manifest:
        for row in csv.DictReader(manifest):
            yield Sample(row["file"], (folder / row["file"]).read_bytes(), row)


def acceptable(corpus: Path) -> Iterator[Sample]:
    """The files of both sets that must be accepted."""
    yield from (each for each in samples(corpus / "hostile") if each.row["expect"] == "accept")
    known = {each.name for each in ImageFormat} | {"MPO"}
    yield from (each for each in samples(corpus / "pictures") if each.row["format"] in known)


@pytest.fixture(scope="session")
def small_files(corpus: Path) -> list[bytes]:
    """Small images of the accepted formats, so that many damaged copies can be tested quickly."""
    ours = {each.value for each in ImageFormat}
    return [each.data for each in samples(corpus / "hostile") if each.row["magic"] in ours and len(each.data) < 20_000]


def frames_of(data: bytes) -> list[Frame]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=[each.name for each in ImageFormat]) as image:
            frames = []
            for number in range(1 if image.format == "MPO" else getattr(image, "n_frames", 1)):
                image.seek(number)
                image.load()
                info = tuple(
                    image.info.get(key) for key in ("duration", "icc_profile", "transparency", "loop", "gamma")
                )
                palette = bytes(image.palette.palette) if image.palette else b""
                frames.append(Frame(image.mode, image.size, image.tobytes(), palette, info))
            return frames


def test_every_file_to_be_accepted_has_facts_with_the_size_of_the_manifest(corpus: Path) -> None:
    wrong = []
    for sample in samples(corpus / "hostile"):
        if sample.row["expect"] == "accept" and sample.row["size_agree"] == "1":
            facts = read_facts(sample.data)
            if (str(facts.width), str(facts.height)) != (sample.row["width"], sample.row["height"]):
                wrong.append((sample.name, facts))
    assert wrong == []


def test_every_everyday_image_has_the_size_frames_and_orientation_of_the_manifest(corpus: Path) -> None:
    wrong = []
    for sample in samples(corpus / "pictures"):
        if sample.row["format"] in [each.name for each in ImageFormat]:
            facts = read_facts(sample.data)
            found = facts.width, facts.height, facts.frames, facts.orientation
            if found != tuple(int(sample.row[key]) for key in ("width", "height", "frames", "orientation")):
                wrong.append((sample.name, facts))
    assert wrong == []


def test_no_file_raises_an_error_other_than_a_refusal(corpus: Path) -> None:
    for sample in samples(corpus / "hostile"):
        try:
            strip_metadata(sample.data, read_facts(sample.data))
        except (UndecodableImage, FormatNotAccepted, ImageTooLarge):
            assert sample.row["expect"] != "accept", sample.name


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
        assert len(strip_metadata(mutant, read_facts(mutant))) <= len(mutant)


def test_a_file_of_another_format_is_refused_by_its_first_bytes(corpus: Path) -> None:
    ours = {"png", "jpeg", "gif", "webp", "avif", *JPEG_2000}
    for sample in samples(corpus / "hostile"):
        if sample.row["magic"] not in ours and sample.row["expect"] == "reject":
            with pytest.raises((UndecodableImage, FormatNotAccepted)):
                read_facts(sample.data)


def test_a_jpeg_2000_that_is_kept_shows_the_same(corpus: Path) -> None:
    """The manifest says nothing of them: those that can be decoded are compared."""
    compared = 0
    for sample in samples(corpus / "hostile"):
        if sample.row["magic"] in JPEG_2000:
            try:
                stripped = strip_metadata(sample.data, read_facts(sample.data))
                before = frames_of(sample.data)
            except (UndecodableImage, OSError, SyntaxError):
                continue
            assert frames_of(stripped) == before, sample.name
            compared += 1
    assert compared > 10


def test_stripping_changes_neither_facts_nor_pixels_nor_timing_nor_colour(corpus: Path) -> None:
    wrong = []
    for sample in acceptable(corpus):
        facts = read_facts(sample.data)
        AdmissionPolicy().admit(facts)
        stripped = strip_metadata(sample.data, facts)
        assert len(stripped) <= len(sample.data), sample.name
        before, after = frames_of(sample.data), frames_of(stripped)
        if before != after or len(before) != facts.frames or _lasting(read_facts(stripped)) != _lasting(facts):
            wrong.append(sample.name)
    assert wrong == []


def test_stripping_leaves_no_metadata_but_orientation(corpus: Path) -> None:
    left = []
    for sample in acceptable(corpus):
        stripped = strip_metadata(sample.data, read_facts(sample.data))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(stripped)) as image:
                tags = set(image.getexif()) - {0x0112}
                blocks = {"xmp", "XML:com.adobe.xmp", "comment", "photoshop", "mp"} & set(image.info)
                private = set(PRIVATE)
                if b"hdrgm:Version" in image.info.get("xmp", b""):  # two images, and the numbers that join them
                    blocks -= {"mp", "xmp"}
                    private -= GAIN_MAP
        if tags or blocks or any(mark in stripped for mark in private):
            left.append((sample.name, tags, blocks))
    assert left == []


def test_stripping_twice_changes_nothing(corpus: Path) -> None:
    for sample in acceptable(corpus):
        once = strip_metadata(sample.data, read_facts(sample.data))
        assert strip_metadata(once, read_facts(once)) == once, sample.name


def _lasting(facts: ImageFacts) -> ImageFacts:
    return replace(facts, blocks=0)
