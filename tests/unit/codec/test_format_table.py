"""The table of formats is complete: no format can be added in part."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from adapters.codec.format_table.entry import FormatEntry, complete
from adapters.codec.format_table.source_table import SOURCES
from adapters.codec.format_table.table import FORMATS
from adapters.codec.formats import other_formats
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import EVERY_FORMAT, SourceFormat
from entrypoints.settings import Acceptable, Images, Variant

JPEG, PNG, GIF, WEBP = ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.GIF, ImageFormat.WEBP
AVIF = ImageFormat.AVIF
STORED = {each.value for each in ImageFormat}
REFERENCE = Path(__file__).parents[3] / "docs" / "reference.md"


def test_each_format_has_an_entry() -> None:
    assert FORMATS.keys() == set(ImageFormat)


@pytest.mark.parametrize("missing", ImageFormat)
def test_a_table_that_lacks_a_format_cannot_be_made(missing: ImageFormat) -> None:
    with pytest.raises(ValueError, match=missing.label):
        complete({format: entry for format, entry in FORMATS.items() if format is not missing})


@pytest.mark.parametrize(
    ("format", "entry", "field"),
    [
        (PNG, replace(FORMATS[PNG], optimiser=None), "optimiser"),
        (JPEG, replace(FORMATS[JPEG], reencoder=None), "reencoder"),
        (PNG, replace(FORMATS[PNG], reduce_palette=None), "reduce_palette"),
        (WEBP, replace(FORMATS[WEBP], encode_variant=None), "encode_variant"),
    ],
)
def test_an_entry_that_lacks_what_its_traits_promise_cannot_be_made(
    format: ImageFormat, entry: FormatEntry, field: str
) -> None:
    with pytest.raises(ValueError, match=field):
        complete({**FORMATS, format: entry})


def test_an_entry_that_has_what_its_traits_do_not_promise_cannot_be_made() -> None:
    gif = replace(FORMATS[GIF], encode_variant=FORMATS[PNG].encode_variant)
    with pytest.raises(ValueError, match="GIF"):
        complete({**FORMATS, GIF: gif})


def test_an_entry_with_the_decoder_of_another_format_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="WebP"):
        complete({**FORMATS, WEBP: replace(FORMATS[WEBP], decoders=())})
    with pytest.raises(ValueError, match="WebP"):
        complete({**FORMATS, WEBP: FORMATS[AVIF]})


def test_no_accepted_format_is_among_those_that_are_refused_by_name() -> None:
    refused = {label for _, label in other_formats.SIGNATURES} | {*other_formats.BRANDS.values()}
    assert refused.isdisjoint(each.label for each in EVERY_FORMAT)


def test_the_database_has_room_for_the_name_of_each_format() -> None:
    assert max(len(format.value) for format in EVERY_FORMAT) <= 8


def test_each_source_format_has_an_entry() -> None:
    assert SOURCES.keys() == set(SourceFormat)


def test_no_extension_or_value_of_a_format_is_one_of_another_format() -> None:
    for taken in ("extensions", "value"):
        names = [name for each in EVERY_FORMAT for name in ([each.value] if taken == "value" else each.extensions)]
        assert len(names) == len(set(names))


def test_a_source_format_that_can_be_kept_has_the_same_names_as_a_stored_format() -> None:
    kept = [each for each in SourceFormat if each.value in STORED]
    assert kept == [SourceFormat.JP2]
    for source in kept:
        stored = ImageFormat(source.value)
        assert (source.label, source.extensions, source.media_type) == (
            stored.label,
            stored.extensions,
            stored.media_type,
        )


def test_every_format_without_an_extra_is_accepted_unless_settings_say_otherwise() -> None:
    assert set(Images().accept) == set(EVERY_FORMAT) - {ImageFormat.JXL}


def test_settings_offer_each_format_and_to_keep_those_that_can_be() -> None:
    kept = {f"{each}:keep" for each in SourceFormat if each.value in STORED}
    assert set(get_args(Acceptable)) == set(EVERY_FORMAT) | kept


def test_settings_offer_each_format_that_variants_can_be_made_in() -> None:
    offered = get_args(get_type_hints(Variant)["format"])
    assert set(offered) == {"auto", *(format.value for format in ImageFormat if format.traits.is_made)}


def test_the_reference_lists_each_format() -> None:
    [row] = [line for line in REFERENCE.read_text().splitlines() if line.startswith("| `type` |")]
    assert re.findall(r"`(\w+)`", row) == ["type", *ImageFormat]
