"""AVIF files: facts and stripping."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PIL import AvifImagePlugin, Image, ImageCms

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.avif import holds_gain_map
from adapters.codec.formats.avif.boxes import Box, box, boxes
from adapters.codec.formats.reading import MOST_BLOCKS
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFormat, Orientation

SECRET = b"51.5007 N 0.1246 W"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = bytes(4) + b"MM\0*\0\0\0\x08" + bytes(6) + SECRET
FTYP = box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
HDLR = box(b"hdlr", bytes(8) + b"pict" + bytes(13))


def avif(*, orientation: int = 1, icc: bytes | None = None, private: bool = True) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if private:
        exif[0x010E] = SECRET.decode()
    out = io.BytesIO()
    image = Image.radial_gradient("L").resize((40, 24)).convert("RGB")
    image.putalpha(Image.linear_gradient("L").resize((40, 24)))
    image.save(out, "AVIF", exif=exif, xmp=SECRET if private else b"", icc_profile=icc, speed=10)
    return out.getvalue()


def sequence() -> bytes:
    """Three frames with alpha. No orientation, because writing one crashes the encoder of libavif 1.4.2."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    frames = [Image.new("RGBA", (40, 24), (80 * number, 0, 0, 99)) for number in range(3)]
    out = io.BytesIO()
    frames[0].save(
        out, "AVIF", save_all=True, append_images=frames[1:], duration=[10, 20, 30], exif=exif, xmp=SECRET, speed=10
    )
    return out.getvalue()


@dataclass(frozen=True)
class Item:
    kind: bytes
    payload: bytes
    properties: Sequence[int] = ()
    in_idat: bool = False


def coded(size: tuple[int, int]) -> tuple[bytes, bytes, bytes]:
    """A grey image as AV1, its configuration property, and its colour property."""
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, "AVIF", speed=10)
    data = out.getvalue()
    whole, _ = boxes(data)
    ipco = whole.need(b"meta", b"iprp", b"ipco")
    mdat = whole.need(b"mdat")
    return data[mdat.body : mdat.end], content(data, ipco.need(b"av1C")), content(data, ipco.need(b"colr"))


def content(data: bytes, each: Box) -> bytes:
    return data[each.start : each.end]


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">III", 0, width, height))


def assembled(items: Sequence[Item], properties: Sequence[bytes], references: Sequence[bytes] = ()) -> bytes:
    """An AVIF whose items are numbered from 1, the first being the primary one. Sizes: offset 0, length 4, base 4."""

    in_meta = [each.payload for each in items if each.in_idat]

    def meta(start: int) -> bytes:
        infe = [box(b"infe", struct.pack(">IHH4sx", 2 << 24, n, 0, each.kind)) for n, each in enumerate(items, 1)]
        entries, placed = [], {False: start, True: 0}
        ipma = []
        for number, each in enumerate(items, 1):
            at = placed[each.in_idat]
            placed[each.in_idat] += len(each.payload)
            entries.append(struct.pack(">HHHIHI", number, each.in_idat, 0, at, 1, len(each.payload)))
            ipma.append(struct.pack(">HB", number, len(each.properties)) + bytes(each.properties))
        return box(
            b"meta",
            bytes(4),
            HDLR,
            box(b"pitm", struct.pack(">IH", 0, 1)),
            box(b"iloc", struct.pack(">IHH", 1 << 24, 0x0440, len(items)), *entries),
            box(b"iinf", struct.pack(">IH", 0, len(items)), *infe),
            box(b"iref", bytes(4), *references),
            box(b"iprp", box(b"ipco", *properties), box(b"ipma", struct.pack(">II", 0, len(items)), *ipma)),
            box(b"idat", *in_meta) if in_meta else b"",
        )

    start = len(FTYP) + len(meta(0)) + 8
    return FTYP + meta(start) + box(b"mdat", *(each.payload for each in items if not each.in_idat))


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def shown(data: bytes) -> list[tuple[bytes, object, object]]:
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, AvifImagePlugin.AvifImageFile)
        frames: list[tuple[bytes, object, object]] = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append((image.tobytes(), image.info.get("duration"), image.info.get("icc_profile")))
        return frames


@pytest.mark.parametrize("orientation", Orientation)
def test_size_is_that_of_the_stored_raster_and_orientation_is_that_of_the_properties(orientation: Orientation) -> None:
    data = avif(orientation=orientation)
    for each in (data, stripped(data)):
        facts = read_facts(each)
        assert (facts.format, facts.width, facts.height) == (ImageFormat.AVIF, 40, 24)
        assert (facts.orientation, facts.frames) == (orientation, 1)
        with Image.open(io.BytesIO(each)) as image:
            assert image.getexif().get(0x0112, 1) == orientation


def test_private_metadata_is_removed_and_the_image_is_kept() -> None:
    data = avif(icc=ICC)
    result = stripped(data + box(b"free", SECRET) + box(b"uuid", SECRET))
    assert SECRET not in result
    assert b"Exif" not in result
    assert shown(result) == shown(data)
    assert len(result) <= len(avif(icc=ICC, private=False))


def test_a_sequence_keeps_only_its_frames_and_timing() -> None:
    data = sequence()
    assert read_facts(data).frames == 3
    result = stripped(data)
    assert SECRET not in result
    assert read_facts(result).frames == 3
    assert shown(result) == shown(data)
    whole, _ = boxes(result)
    mvhd = whole.need(b"moov", b"mvhd")
    assert result[mvhd.body + 4 : mvhd.body + 20] == bytes(16)


def test_the_major_brand_decides_whether_it_is_a_sequence() -> None:
    data = sequence()
    still = data[:8] + b"avif" + data[12:]
    assert read_facts(still).frames == len(shown(still)) == 1


def test_the_frames_of_a_sequence_are_at_most_the_entries_of_its_table() -> None:
    data = sequence()
    at = data.index(b"stsz") + 12
    assert read_facts(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]).frames == 3


def test_a_thumbnail_is_removed_with_its_pixels_and_properties() -> None:
    large, configuration, colour = coded((40, 24))
    small, small_configuration, _ = coded((10, 6))
    data = assembled(
        [Item(b"av01", large, (1, 2, 3)), Item(b"av01", small, (4, 5, 3)), Item(b"Exif", EXIF)],
        [ispe(40, 24), configuration, colour, ispe(10, 6), small_configuration],
        [box(b"thmb", struct.pack(">HHH", 2, 1, 1)), box(b"cdsc", struct.pack(">HHH", 3, 1, 1))],
    )
    result = stripped(data)
    assert shown(result) == shown(data)
    assert SECRET not in result
    assert ispe(10, 6) not in result
    assert len(result) < len(data) - len(SECRET) - len(small)


def test_data_within_the_meta_box_is_removed_too() -> None:
    payload, configuration, colour = coded((40, 24))
    data = assembled(
        [Item(b"av01", payload, (1, 2, 3), in_idat=True), Item(b"Exif", EXIF, in_idat=True)],
        [ispe(40, 24), configuration, colour],
    )
    result = stripped(data)
    assert shown(result) == shown(data)
    assert SECRET not in result


def test_a_grid_keeps_the_images_that_it_is_made_of() -> None:
    payload, configuration, colour = coded((64, 64))
    grid = struct.pack(">BBBBHH", 0, 0, 0, 1, 128, 64)
    data = assembled(
        [
            Item(b"grid", grid, (1, 3), in_idat=True),
            Item(b"Exif", EXIF),
            Item(b"av01", payload, (2, 4, 3)),
            Item(b"av01", payload, (2, 4, 3)),
        ],
        [ispe(128, 64), ispe(64, 64), colour, configuration],
        [box(b"dimg", struct.pack(">HHHH", 1, 2, 3, 4))],
    )
    assert (read_facts(data).width, read_facts(data).height) == (128, 64)
    result = stripped(data)
    assert SECRET not in result
    assert shown(result) == shown(data)


def test_a_property_with_metadata_is_emptied_and_the_others_keep_their_places() -> None:
    payload, configuration, colour = coded((40, 24))
    data = assembled(
        [Item(b"av01", payload, (1, 2, 3, 4))],
        [box(b"udes", bytes(4), SECRET, b"\0\0\0\0"), ispe(40, 24), configuration, colour],
    )
    result = stripped(data)
    assert SECRET not in result
    assert shown(result) == shown(data)


@pytest.mark.parametrize("cut", [20, 60, 200])
def test_a_header_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(avif()[:cut])


def test_data_said_to_be_beyond_the_end_is_refused() -> None:
    data = avif()
    facts = read_facts(data)
    whole, _ = boxes(data)
    with pytest.raises(UndecodableImage):
        strip_metadata(data[: whole.need(b"mdat").body], facts)


@pytest.mark.parametrize(
    "flood",
    [box(b"free") * (MOST_BLOCKS + 1), box(b"moov") * (MOST_BLOCKS + 1)],
)
def test_too_many_boxes_are_refused(flood: bytes) -> None:
    with pytest.raises(ImageTooLarge):
        read_facts(avif() + flood)


def test_deeply_nested_boxes_are_refused() -> None:
    with pytest.raises(UndecodableImage):
        read_facts(FTYP + b"\0\0\0\0moov" * 5000)


def test_a_gain_map_belongs_to_the_image_unless_it_is_to_be_left_out() -> None:
    payload, configuration, colour = coded((40, 24))
    small, small_configuration, _ = coded((20, 12))
    properties = [ispe(40, 24), configuration, colour, ispe(20, 12), small_configuration]
    tone_mapping = b"\0" * 5 + b"GAIN" * 14
    references = [
        box(b"dimg", struct.pack(">HHHH", 2, 2, 1, 3)),
        box(b"cdsc", struct.pack(">HHH", 4, 1, 1)),
    ]
    data = assembled(
        [
            Item(b"av01", payload, (1, 2, 3)),
            Item(b"tmap", tone_mapping, (1, 3)),
            Item(b"av01", small, (4, 5)),
            Item(b"Exif", EXIF),
        ],
        properties,
        references,
    )
    kept = stripped(data)
    assert SECRET not in kept
    assert tone_mapping in kept
    assert small in kept
    assert shown(kept) == shown(data)
    dropped = strip_metadata(data, read_facts(data), gain_map=False)
    assert tone_mapping not in dropped
    assert len(dropped) <= len(kept) - len(small) - len(tone_mapping)
    assert shown(dropped) == shown(data)
    assert [holds_gain_map(each) for each in (data, kept, dropped)] == [True, True, False]


def test_a_file_without_its_gain_map_has_not_the_brand_of_one() -> None:
    data = avif()
    added = b"tmap"
    size = int.from_bytes(data[:4], "big")
    branded = (size + 4).to_bytes(4, "big") + data[4:size] + added + data[size:]
    dropped = strip_metadata(branded, read_facts(branded), gain_map=False)
    assert added not in dropped[:size]
    assert dropped[:size] == data[:size]
