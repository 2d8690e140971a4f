"""All structure walkers on random and damaged bytes."""

import io
import mmap
import tempfile
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from domain.errors import FormatNotAccepted, ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFormat

SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"GIF89a",
    b"RIFF\xff\0\0\0WEBPVP8X",
    b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
    b"\0\0\0\x18ftypavis\0\0\0\0avismsf1\0\0\0\xffmoov",
)


@cache
def image(form: ImageFormat, *, animated: bool) -> bytes:
    frames = [Image.linear_gradient("L").resize((40, 24)).rotate(40 * number) for number in range(2)]
    exif = Image.Exif()
    if form is not ImageFormat.AVIF or not animated:
        exif[0x0112] = 6
    exif[0x010E] = "somewhere"
    out = io.BytesIO()
    if animated and form.name in Image.SAVE_ALL:
        frames[0].save(out, form.name, save_all=True, append_images=frames[1:], exif=exif)
    else:
        frames[0].save(out, form.name, exif=exif)
    return out.getvalue()


def images() -> st.SearchStrategy[bytes]:
    return st.builds(image, st.sampled_from(ImageFormat), animated=st.booleans())


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(images()))
    # Most structures that can mislead a walker are near the beginning.
    places = st.one_of(st.integers(0, min(len(data), 600) - 1), st.integers(0, len(data) - 1))
    for at, value in draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        data[at] = value
    return bytes(data[: draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))])


def walk(data: bytes) -> None:
    with suppress(UndecodableImage, FormatNotAccepted, ImageTooLarge):
        facts = read_facts(data)
        assert facts.displayed
        assert len(strip_metadata(data, facts)) <= len(data)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_without_another_error(data: bytes) -> None:
    walk(data)


@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_random_bytes_after_a_signature_are_refused_or_read_without_another_error(
    signature: bytes, data: bytes
) -> None:
    walk(signature + data)


@settings(max_examples=500, deadline=None)
@given(mutants())
def test_damaged_images_are_refused_or_read_without_another_error(data: bytes) -> None:
    walk(data)


@pytest.mark.parametrize("animated", [False, True])
@pytest.mark.parametrize("form", ImageFormat)
def test_an_image_cut_at_any_byte_is_refused_or_read_without_another_error(
    form: ImageFormat, *, animated: bool
) -> None:
    data = image(form, animated=animated)
    for end in range(len(data)):
        walk(data[:end])


@pytest.mark.parametrize("form", ImageFormat)
def test_a_mapped_file_gives_the_same_as_its_bytes_and_can_be_closed(form: ImageFormat) -> None:
    data = image(form, animated=False)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            facts = read_facts(mapped)
            assert facts == read_facts(data)
            assert strip_metadata(mapped, facts) == strip_metadata(data, facts)


@pytest.mark.parametrize("form", ImageFormat)
def test_a_mapped_file_can_be_closed_after_a_refusal(form: ImageFormat) -> None:
    data = image(form, animated=False)
    with tempfile.TemporaryFile() as file:
        file.write(data[:18])
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, pytest.raises(UndecodableImage):
            read_facts(mapped)
