"""The colours that PNG and AVIF files state by numbers, and the part of an AVIF that is displayed."""

import numpy as np
import pytest

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.code_points import PRIMARIES, TRANSFERS
from adapters.codec.pixels.colour import conversion
from domain.model.pixels.colour_encoding import (
    SRGB_PRIMARIES,
    Chromaticity,
    ColourEncoding,
    Curve,
    HdrTransfer,
    Primaries,
)
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import Colours
from kit.images.codecs import a_chunk
from kit.images.colours import (
    ICCP,
    SRGB,
    a_cropped_avif,
    a_png_with,
    an_avif_with,
    chromaticities,
    cicp,
    gamma,
)

DISPLAY_P3 = ColourEncoding(PRIMARIES[12], TRANSFERS[13])
LINEAR = ColourEncoding(SRGB_PRIMARIES, Curve(1.0))


def test_png_chunks_count_in_the_order_that_the_format_gives() -> None:
    for chunks, expected in (
        ([gamma(1)], LINEAR),
        ([SRGB, gamma(1)], None),
        ([ICCP, SRGB, gamma(1)], None),
        ([ICCP, SRGB, gamma(1), cicp(12, 13)], DISPLAY_P3),
        ([cicp(1, 13), gamma(1)], None),
        ([cicp(12, 99), gamma(1)], LINEAR),
        ([a_chunk(b"cICP", b"\x0c"), a_chunk(b"gAMA", b"\0")], None),
    ):
        assert read_facts(a_png_with(*chunks)).encoding == expected


def test_chunks_after_the_pixels_state_no_colours() -> None:
    png = a_png_with()
    at = png.index(b"IEND") - 4
    assert read_facts(png[:at] + cicp(12, 13) + png[at:]).encoding is None


def test_colours_survive_stripping() -> None:
    for data in (a_png_with(cicp(12, 13)), a_png_with(gamma(1)), an_avif_with(12, 13), a_cropped_avif(4, 8, 44, 38)):
        facts = read_facts(data)
        stripped = read_facts(strip_metadata(data, facts))
        assert (stripped.encoding, stripped.crop) == (facts.encoding, facts.crop) != (None, None)


def test_a_png_of_high_dynamic_range_is_not_reduced() -> None:
    assert read_facts(a_png_with(cicp(9, 16))).colours is Colours.OTHER
    assert read_facts(a_png_with(cicp(12, 13))).colours is Colours.RGB


def test_an_avif_states_code_points() -> None:
    assert read_facts(an_avif_with(12, 13)).encoding == DISPLAY_P3
    assert read_facts(an_avif_with(9, 16)).encoding == ColourEncoding(PRIMARIES[9], HdrTransfer.PQ)
    assert read_facts(an_avif_with(2, 2)).encoding is None


@pytest.mark.parametrize("box", [(0, 0, 40, 30), (4, 8, 44, 38), (63, 47, 64, 48)])
def test_an_avif_is_as_large_as_its_clean_aperture(box: tuple[int, int, int, int]) -> None:
    facts = read_facts(a_cropped_avif(*box))
    left, top, right, bottom = box
    assert (facts.width, facts.height, facts.crop) == (64, 48, box)
    assert facts.displayed == Dimensions(right - left, bottom - top)


@pytest.mark.parametrize("box", [(0, 0, 64, 48), (-4, 0, 40, 30), (0, 0, 65, 48), (30, 20, 30, 40)])
def test_an_aperture_that_is_all_or_not_within_the_image_is_ignored(box: tuple[int, int, int, int]) -> None:
    facts = read_facts(a_cropped_avif(*box))
    assert (facts.crop, facts.displayed) == (None, Dimensions(64, 48))


@pytest.mark.parametrize("transfer", [Curve(1.0), Curve(1e9), HdrTransfer.PQ])
@pytest.mark.parametrize("white", [(0.0, 0.0), (0.3, 1e-9), (1e4, 1e4)])
def test_numbers_that_describe_no_display_are_ignored(
    transfer: Curve | HdrTransfer, white: tuple[float, float]
) -> None:
    red, green, blue = (Chromaticity(0.3, each) for each in (0.1, 0.2, 0.3))
    encoding = ColourEncoding(Primaries(red, green, blue, Chromaticity(*white)), transfer)
    assert conversion(None, "RGB", encoding) is None


def test_samples_are_scored_as_they_are_shown() -> None:
    convert = conversion(None, "RGB", DISPLAY_P3)
    assert convert is not None
    red = np.full((1, 1, 1, 3), (200, 60, 60), np.uint8)
    np.testing.assert_allclose(convert(red)[0, 0, 0], (217, 42, 52), atol=2)


def test_chromaticities_may_be_anything() -> None:
    for numbers in ([0.0] * 8, [42_000.0] * 8, [0.3127, 0.3290, 0.64, 0.33, 0.64, 0.33, 0.15, 0.06]):
        facts = read_facts(a_png_with(gamma(1), chromaticities(*numbers)))
        assert facts.encoding is not None
        conversion(None, "RGB", facts.encoding)
