"""GIF files: facts and stripping."""

import io
import struct

import pytest
from PIL import GifImagePlugin, Image

from adapters.codec.format_table.headers import read_facts, strip_metadata
from adapters.codec.formats.reading import MOST_BLOCKS
from domain.errors import ImageTooLarge, UndecodableImage
from domain.model.pixels.media import ImageFormat

SECRET = b"51.5007 N 0.1246 W"


def gif(frames: int = 3) -> bytes:
    images = [Image.linear_gradient("L").resize((12, 8)).rotate(40 * number) for number in range(frames)]
    out = io.BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=70, loop=4, comment=SECRET)
    return out.getvalue()


def extension(label: int, *blocks: bytes) -> bytes:
    return bytes((0x21, label)) + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def image(left: int, top: int, width: int, height: int) -> bytes:
    return struct.pack("<cHHHHB", b",", left, top, width, height, 0) + b"\x02\x02\x44\x01\0"


def screen(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)


def stripped(data: bytes) -> bytes:
    return strip_metadata(data, read_facts(data))


def shown(data: bytes) -> list[tuple[bytes, object, object]]:
    with Image.open(io.BytesIO(data)) as animation:
        assert isinstance(animation, GifImagePlugin.GifImageFile)
        frames: list[tuple[bytes, object, object]] = []
        for number in range(animation.n_frames):
            animation.seek(number)
            frames.append(
                (animation.convert("RGBA").tobytes(), animation.info.get("duration"), animation.info.get("loop"))
            )
        return frames


def test_size_and_frames_are_read() -> None:
    facts = read_facts(gif(frames=3))
    assert (facts.format, facts.width, facts.height, facts.frames) == (ImageFormat.GIF, 12, 8, 3)


def test_comments_and_unknown_extensions_are_removed_and_the_animation_is_kept() -> None:
    data = gif()
    private = extension(0xFF, b"XMP DataXMP", SECRET) + extension(0x01, bytes(12), SECRET)
    result = stripped(data[:-1] + private + b";" + SECRET)
    assert SECRET not in result
    assert b"NETSCAPE2.0" in result
    assert shown(result) == shown(data)


def test_the_screen_grows_to_hold_the_first_frame_only() -> None:
    facts = read_facts(screen(10, 10) + image(2, 0, 14, 4) + image(0, 0, 99, 99) + b";")
    assert (facts.width, facts.height, facts.frames) == (16, 10, 2)


def test_garbage_between_blocks_is_skipped_and_a_missing_trailer_refused() -> None:
    data = screen(4, 4) + b"\0\0xx" + image(0, 0, 4, 4)
    assert read_facts(data + b";").frames == 1
    with pytest.raises(UndecodableImage):
        read_facts(data)


@pytest.mark.parametrize(
    "data",
    [screen(4, 4), screen(4, 4) + b";", screen(0, 4) + image(0, 0, 0, 4), screen(4, 4)[:9], screen(4, 4) + b",\0\0"],
)
def test_a_file_without_a_frame_or_size_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        read_facts(data)


@pytest.mark.parametrize(
    "flood",
    [image(0, 0, 4, 4) * (MOST_BLOCKS + 1), image(0, 0, 4, 4)[:11] + b"\x01x" * (MOST_BLOCKS + 1)],
    ids=["of frames", "of tiny pieces of one frame"],
)
def test_too_many_blocks_are_refused(flood: bytes) -> None:
    with pytest.raises(ImageTooLarge):
        read_facts(screen(4, 4) + flood)
