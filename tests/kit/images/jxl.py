"""JPEG XLs, encoded by the same libjxl that decodes them, and savers for Pillow of the formats that it does not know."""

import ctypes
from collections.abc import Mapping, Sequence
from ctypes import Structure, byref, c_char_p, c_double, c_float, c_int, c_int32, c_size_t, c_uint8, c_uint32, c_void_p
from functools import cache
from typing import IO, Any

from PIL import Image, Jpeg2KImagePlugin

import adapters.codec.pixels.plugins.jp2
import adapters.codec.pixels.plugins.jxl  # noqa: F401  both so that Pillow opens what these savers wrote
from adapters.codec.formats.jxl.libjxl_structures import BasicInfo, PixelFormat
from adapters.codec.shared.jxl_library import jxl_library

SUCCESS, MORE_OUTPUT = 0, 2
EFFORT = 0
SRGB, P3, BT2100 = 1, 11, 9  # primaries
LINEAR, SRGB_CURVE, PQ, HLG = 8, 13, 16, 18  # transfer functions
ALPHA_BITS = 8


class ColorEncoding(Structure):
    _fields_ = (
        ("color_space", c_int), ("white_point", c_int), ("white_point_xy", c_double * 2), ("primaries", c_int),
        ("red", c_double * 2), ("green", c_double * 2), ("blue", c_double * 2), ("transfer_function", c_int),
        ("gamma", c_double), ("rendering_intent", c_int),
    )  # fmt: skip


class FrameHeader(Structure):
    _fields_ = (
        ("duration", c_uint32), ("timecode", c_uint32), ("name_length", c_uint32), ("is_last", c_int),
        ("have_crop", c_int), ("left", c_int32), ("top", c_int32), ("width", c_uint32), ("height", c_uint32),
        ("blend_mode", c_int), ("blend_source", c_uint32), ("blend_alpha", c_uint32), ("clamp", c_int),
        ("save_as_reference", c_uint32),
    )  # fmt: skip


class ExtraChannelInfo(Structure):
    _fields_ = (
        ("type", c_int), ("bits_per_sample", c_uint32), ("exponent_bits_per_sample", c_uint32), ("dim_shift", c_uint32),
        ("name_length", c_uint32), ("alpha_premultiplied", c_int), ("spot_color", c_float * 4), ("cfa_channel", c_uint32),
    )  # fmt: skip


@cache
def libjxl() -> Any:
    library = ctypes.CDLL(str(jxl_library()))
    for name in ("JxlEncoderCreate", "JxlEncoderFrameSettingsCreate"):
        getattr(library, name).restype = c_void_p
    library.JxlEncoderSetFrameDistance.argtypes = c_void_p, c_float
    library.JxlEncoderAddBox.argtypes = c_void_p, c_char_p, c_char_p, c_size_t, c_int
    return library


def a_jxl(
    *frames: Image.Image,
    lossless: bool = True,
    orientation: int = 1,
    profile: bytes | None = None,
    primaries: int = SRGB,
    transfer: int = SRGB_CURVE,
    boxes: Sequence[tuple[bytes, bytes]] = (),
    compress_boxes: bool = False,
    container: bool = False,
    premultiplied: bool = False,
    effort: int = 3,
) -> bytes:
    """The frames, each in mode L, LA, RGB or RGBA; several are an animation."""
    jxl, first = libjxl(), frames[0]
    encoder = c_void_p(jxl.JxlEncoderCreate(None))

    def done(status: int) -> None:
        assert status == SUCCESS, jxl.JxlEncoderGetError(encoder)

    info = BasicInfo()
    jxl.JxlEncoderInitBasicInfo(byref(info))
    info.width, info.height = first.size
    channels = len(first.getbands())
    info.colour_channels, has_alpha = (1 if channels < 3 else 3), channels in (2, 4)
    info.bits_per_sample, info.orientation, info.uses_original_profile = 8, orientation, lossless
    info.extra_channels, info.alpha_bits = int(has_alpha), ALPHA_BITS * has_alpha
    if len(frames) > 1:
        info.have_animation, info.animation[0], info.animation[1] = 1, 10, 1
    done(jxl.JxlEncoderUseContainer(encoder, container or bool(boxes)))
    if boxes:
        done(jxl.JxlEncoderUseBoxes(encoder))
    done(jxl.JxlEncoderSetBasicInfo(encoder, byref(info)))
    if premultiplied:
        alpha = ExtraChannelInfo(bits_per_sample=ALPHA_BITS, alpha_premultiplied=True)
        done(jxl.JxlEncoderSetExtraChannelInfo(encoder, c_size_t(0), byref(alpha)))
    if profile is not None:
        done(jxl.JxlEncoderSetICCProfile(encoder, profile, c_size_t(len(profile))))
    else:
        colours = ColorEncoding()
        jxl.JxlColorEncodingSetToSRGB(byref(colours), channels < 3)
        colours.primaries, colours.transfer_function = primaries, transfer
        done(jxl.JxlEncoderSetColorEncoding(encoder, byref(colours)))
    for name, body in boxes:
        done(jxl.JxlEncoderAddBox(encoder, name, body, len(body), compress_boxes))
    if boxes:
        jxl.JxlEncoderCloseBoxes(encoder)
    settings = c_void_p(jxl.JxlEncoderFrameSettingsCreate(encoder, None))
    done(jxl.JxlEncoderFrameSettingsSetOption(settings, EFFORT, ctypes.c_int64(effort)))
    done(
        jxl.JxlEncoderSetFrameLossless(settings, lossless)
        if lossless
        else jxl.JxlEncoderSetFrameDistance(settings, 1.0)
    )
    for frame in frames:
        if len(frames) > 1:
            header = FrameHeader()
            jxl.JxlEncoderInitFrameHeader(byref(header))
            header.duration = 1
            done(jxl.JxlEncoderSetFrameHeader(settings, byref(header)))
        pixels = frame.tobytes()
        done(
            jxl.JxlEncoderAddImageFrame(settings, byref(PixelFormat(channels, 2, 0, 0)), pixels, c_size_t(len(pixels)))
        )
    jxl.JxlEncoderCloseInput(encoder)
    return _output(jxl, encoder)


def _output(jxl: Any, encoder: c_void_p) -> bytes:
    written, status = b"", MORE_OUTPUT
    while status == MORE_OUTPUT:
        room = (c_uint8 * 65536)()
        at, left = ctypes.cast(room, c_void_p), c_size_t(len(room))
        status = jxl.JxlEncoderProcessOutput(encoder, byref(at), byref(left))
        written += bytes(room[: len(room) - left.value])
    assert status == SUCCESS
    jxl.JxlEncoderDestroy(encoder)
    return written


def _save_jxl(image: Image.Image, file: IO[bytes], _name: str | bytes) -> None:
    options: Mapping[str, Any] = image.encoderinfo
    frames = [image, *options.get("append_images", ())]
    exif = options.get("exif")
    boxes = [(b"Exif", bytes(4) + (exif.tobytes() if isinstance(exif, Image.Exif) else exif))] if exif else []
    container = bool(options.get("container"))
    file.write(a_jxl(*frames, profile=options.get("icc_profile"), boxes=boxes, container=container))


def _save_jp2(image: Image.Image, file: IO[bytes], name: str | bytes) -> None:
    Jpeg2KImagePlugin._save(image, file, name)


Image.register_save("JXL", _save_jxl)
Image.register_save_all("JXL", _save_jxl)
Image.register_save("JP2", _save_jp2)
