"""GIFs written anew: the same frames, packed better."""

from adapters.codec.encoders.vips import pyvips

_MOST_PIXELS = 40_000_000  # of all frames together; libvips holds them all, with four bytes each


def smaller_gif(data: bytes, pixels: int) -> bytes:
    """``data`` written by libvips; whether it shows the same is to be looked at. ``data`` itself where it is too large.

    Raises:
        pyvips.Error: libvips does not like it.
    """
    if pixels > _MOST_PIXELS:
        return data
    picture = pyvips.Image.gifload_buffer(data, n=-1)
    # An error of zero between frames and palettes: nothing but what is the same may be taken for the same.
    return bytes(
        picture.gifsave_buffer(
            effort=7, dither=0, keep_duplicate_frames=True, interframe_maxerror=0, interpalette_maxerror=0
        )
    )
