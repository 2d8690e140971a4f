"""Animations written byte by byte, with whatever the GIF format allows and encoders seldom write."""

import random
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RED, GREEN, BLUE, WHITE = b"\xff\0\0", b"\0\xff\0", b"\0\0\xff", b"\xff\xff\xff"
PALETTE = RED + GREEN + BLUE + WHITE


@dataclass(frozen=True, kw_only=True)
class Frame:
    """``indices`` of the pixels from the top left; one of them alone fills the frame."""

    left: int = 0
    top: int = 0
    width: int = 4
    height: int = 4
    indices: Sequence[int] = (0,)
    palette: bytes = b""
    transparent: int | None = None
    disposal: int = 0
    duration: int = 10
    interlaced: bool = False


def gif(width: int, height: int, *frames: Frame, palette: bytes = PALETTE, background: int = 0) -> bytes:
    """The bytes of an animation without end."""
    flags = 0x80 | _depth(palette) - 1 if palette else 0
    screen = struct.pack("<HHBBB", width, height, flags, background, 0) + palette
    loop = b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    return (
        b"GIF89a" + screen + loop + b"".join(_written(each, _depth(each.palette or palette)) for each in frames) + b";"
    )


def an_odd_animation(seed: int) -> bytes:
    """Frames of any place, size, disposal, transparency, palette, order of rows and duration."""
    chance = random.Random(seed)
    width, height = chance.choice([(20, 16), (31, 13), (8, 8)])
    palette = _palette(chance, (2, 4, 8, 32)) if chance.random() < 0.8 else b""
    frames = []
    for number in range(chance.randrange(2, 7)):
        left, top, across, down = 0, 0, width, height
        if chance.random() < 0.65:
            left, top = chance.randrange(width), chance.randrange(height)
            across, down = chance.randrange(1, width), chance.randrange(1, height)
        if number == 0 and chance.random() < 0.5:
            across, down = min(across, width - left), min(down, height - top)
        own = _palette(chance, (2, 4, 16)) if not palette or chance.random() < 0.4 else b""
        colours = len(own or palette) // 3
        frames.append(
            Frame(
                left=left, top=top, width=across, height=down, palette=own, duration=chance.choice((0, 2, 7, 100)),
                indices=[chance.randrange(colours) for _ in range(across * down)],
                transparent=chance.choice((None, chance.randrange(colours))),
                disposal=chance.choice((0, 1, 2, 2, 3, 3, 4, 7)), interlaced=chance.random() < 0.3,
            )
        )  # fmt: skip
    return gif(width, height, *frames, palette=palette, background=chance.randrange(2))


def _palette(chance: random.Random, sizes: Sequence[int]) -> bytes:
    return chance.randbytes(3 * chance.choice(sizes))


def _depth(palette: bytes) -> int:
    return max(1, (len(palette) // 3 - 1).bit_length())


def _written(frame: Frame, depth: int) -> bytes:
    pixels = frame.width * frame.height
    indices = list(frame.indices) * (pixels if len(frame.indices) == 1 else 1)
    flags = frame.disposal << 2 | (frame.transparent is not None)
    control = b"!\xf9\4" + struct.pack("<BHB", flags, frame.duration, frame.transparent or 0) + b"\0"
    flags = (0x80 | depth - 1 if frame.palette else 0) | (0x40 if frame.interlaced else 0)
    place = struct.pack("<HHHHB", frame.left, frame.top, frame.width, frame.height, flags)
    return control + b"," + place + frame.palette + _packed(indices, max(2, depth))


def _packed(indices: Iterable[int], depth: int) -> bytes:
    """LZW codes of constant width: the table is cleared before it would need longer ones."""
    clear, bits = 1 << depth, depth + 1
    codes = [clear]
    for count, index in enumerate(indices, 1):
        codes += [index] if count % (clear - 2) else [index, clear]
    whole = sum(code << bits * at for at, code in enumerate([*codes, clear + 1]))
    data = whole.to_bytes((bits * (len(codes) + 1) + 7) // 8, "little")
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return bytes((depth,)) + b"".join(bytes((len(each),)) + each for each in pieces) + b"\0"
