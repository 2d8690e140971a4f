"""The compressed pixels of a PNG (W3C PNG, third edition, 7 to 10), and what may lie behind them unseen."""

import zlib
from collections.abc import Callable, Iterable, Iterator

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the colour type in IHDR
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The first column and row of each pass, and the steps to the next ones."""

_INFLATED_AT_ONCE = 1 << 18  # bytes


def pixels_alone(header: bytes, pieces: Callable[[], Iterable[bytes]]) -> bytes | None:
    """The compressed pixels, if more follows them that no decoder shows; None if nothing does, or nothing can be saved.

    ``header`` is the body of IHDR, and ``pieces`` gives the bodies of IDAT in small pieces. However much they hold, no more than the
    pixels and one byte is inflated, a little at once. None for pixels that are damaged: a decoder must judge those.
    """
    size = _inflated_size(header)
    stream = zlib.decompressobj()
    read = inflated = 0
    try:
        for piece in pieces():
            read += len(piece)
            inflated += sum(map(len, _inflated(stream, piece, size + 1 - inflated)))
            if inflated > size:
                packed = _packed(pieces(), size)
                return packed if len(packed) < sum(map(len, pieces())) else None
            if stream.eof:
                break
    except zlib.error:
        return None
    if inflated < size or not stream.eof:
        return None
    end = read - len(stream.unused_data)
    whole = b"".join(pieces())
    return whole[:end] if end < len(whole) else None


def filled_pixels(header: bytes, pieces: Iterable[bytes]) -> bytes | None:
    """The compressed pixels, with zeros for those that are missing at the end. None for pixels that are damaged."""
    missing = _inflated_size(header)
    stream, packer = zlib.decompressobj(), zlib.compressobj(zlib.Z_BEST_SPEED)
    packed = []
    try:
        for piece in pieces:
            for part in _inflated(stream, piece, missing):
                missing -= len(part)
                packed.append(packer.compress(part))
    except zlib.error:
        return None
    packed += [
        packer.compress(bytes(min(_INFLATED_AT_ONCE, missing - at))) for at in range(0, missing, _INFLATED_AT_ONCE)
    ]
    return b"".join((*packed, packer.flush()))


def _packed(pieces: Iterable[bytes], size: int) -> bytes:
    """The first ``size`` inflated bytes, compressed anew."""
    stream, packer = zlib.decompressobj(), zlib.compressobj(zlib.Z_BEST_COMPRESSION)
    packed = []
    for piece in pieces:
        for part in _inflated(stream, piece, size):
            size -= len(part)
            packed.append(packer.compress(part))
        if not size:
            break
    return b"".join((*packed, packer.flush()))


def _inflated(stream: "zlib._Decompress", piece: bytes, most: int) -> Iterator[bytes]:
    """What ``piece`` adds to the inflated bytes, at most ``most`` of them."""
    while most and not stream.eof:
        wanted = min(most, _INFLATED_AT_ONCE)
        part = stream.decompress(piece, wanted)
        piece, most = stream.unconsumed_tail, most - len(part)
        yield part
        if len(part) < wanted and not piece:
            return


def _inflated_size(header: bytes) -> int:
    """Bytes of all rows, each with the byte that states its filter."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _CHANNELS.get(header[9], 1)
    passes = _ADAM7 if header[12] else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
