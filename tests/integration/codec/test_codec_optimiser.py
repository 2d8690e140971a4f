"""A broken optimiser or encoder never damages or refuses an image."""

import time
from collections.abc import Callable

import pytest

from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.system.staging import FolderStaging
from domain.errors import UndecodableImage
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.ports.codec import VariantTarget
from domain.ports.staging import StagedPath
from kit.images.codecs import a_photo, encoded
from kit.images.samples import sample_image
from kit.servers.workers import compressed, do, open_codec

pytestmark = pytest.mark.anyio


def poisoned(optimiser: str) -> str:
    return (
        "import os, time, adapters.codec.encoders.lossless as it\n"
        f"it.oxipng.optimize_from_memory = {optimiser}\n"
        "class Poisoned:\n    name = 'poisoned'\n    repack = staticmethod(it.oxipng.optimize_from_memory)\n"
        "it.jpeg_packer = lambda facts: Poisoned"
    )


@pytest.mark.parametrize(
    "optimiser",
    [
        pytest.param("lambda *a, **k: os._exit(1)", id="crashes"),
        pytest.param("lambda *a, **k: 1 / 0", id="fails"),
        pytest.param("lambda *a, **k: bytearray(1 << 40)", id="explodes"),
        pytest.param("lambda *a, **k: time.sleep(60)", id="hangs"),
        pytest.param("lambda data, *a, **k: data[:len(data) // 2]", id="returns a broken image"),
        pytest.param("lambda data, *a, **k: it.__dict__['other']", id="returns another image"),
        pytest.param("lambda data, *a, **k: data + bytes(100)", id="returns a larger image"),
    ],
)
@pytest.mark.parametrize("format", [ImageFormat.JPEG, ImageFormat.PNG])
async def test_an_optimiser_that_fails_costs_only_the_saving(
    staging: FolderStaging, format: ImageFormat, optimiser: str
) -> None:
    other = sample_image(format, seed=9)
    async with open_codec(PoolLimits(workers=1, deadline=3)) as codec:
        await do(codec, f"{poisoned(optimiser)}\nit.other = {other!r}")
        made = await compressed(codec, staging, sample_image(format, 200, 150, comment="private"))
        assert made.receipt.codec == "none"
        assert {path.name: path.stat().st_size for path in staging.outlets.iterdir()} == {"target": made.file.size}


@pytest.mark.parametrize(
    "encoder",
    [
        pytest.param("os._exit(1)", id="ends its process"),
        pytest.param("__import__('ctypes').string_at(0)", id="crashes"),
        pytest.param("1 / 0", id="fails"),
        pytest.param("bytearray(1 << 40)", id="explodes"),
        pytest.param("time.sleep(60)", id="hangs"),
        pytest.param("b'no image'", id="returns no image"),
    ],
)
async def test_an_encoder_that_fails_costs_only_the_saving(staging: FolderStaging, encoder: str) -> None:
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=98)
    async with open_codec(PoolLimits(workers=1, deadline=6)) as codec:
        assert not (await compressed(codec, staging, upload, CompressionMode.HIGH)).receipt.lossless
        await do(
            codec,
            "import os, time, adapters.codec.lossy.reencode as it\n"
            f"class Broken:\n    name = 'broken'\n    def encode(self, *a, **k): return {encoder}\n"
            "it.jpeg_encoder = Broken",
        )
        made = await compressed(codec, staging, upload, CompressionMode.HIGH)
        assert made.receipt.lossless
        assert [path.name for path in staging.outlets.iterdir()] == ["target"]


async def test_an_encoder_that_makes_another_image_is_detected(staging: FolderStaging) -> None:
    """The finished file is decoded, reduced, and compared with the image."""
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=98)
    async with open_codec(PoolLimits(workers=1)) as codec:
        await do(
            codec,
            "import adapters.codec.lossy.reencode as it\nreal = it.jpeg_encoder()\n"
            "class Darkening:\n    name = 'darkening'\n"
            "    def encode(self, strips, *a, draft=False, **k):\n"
            "        strips = strips if draft else [strip // 2 for strip in strips]\n"
            "        return real.encode(strips, *a, draft=draft, **k)\n"
            "it.jpeg_encoder = lambda real=real, made=Darkening: (made.encode.__globals__.update(real=real), made())[1]",
        )
        assert (await compressed(codec, staging, upload, CompressionMode.HIGH)).receipt.lossless


async def test_a_broken_image_is_refused_without_a_second_try(
    staging: FolderStaging, caplog: pytest.LogCaptureFixture
) -> None:
    """Only if a worker ended may the encoder be the cause, and the image is tried again without it."""
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=98)
    async with open_codec(PoolLimits(workers=1)) as codec:
        with pytest.raises(UndecodableImage):
            await compressed(codec, staging, upload[: len(upload) // 2], CompressionMode.HIGH)
    assert not caplog.records


async def test_without_jpegli_mozjpeg_is_used(staging: FolderStaging) -> None:
    upload = encoded(a_photo(400, 300), ImageFormat.JPEG, quality=98)
    async with open_codec(PoolLimits(workers=1, sandbox=SandboxMode.REQUIRE)) as codec:
        await do(
            codec,
            "import adapters.codec.lossy.reencode as one, adapters.codec.encoders.variants as other\n"
            "from adapters.codec.encoders.mozjpeg import Mozjpeg\none.jpeg_encoder = other.jpeg_encoder = Mozjpeg",
        )
        made = await compressed(codec, staging, upload, CompressionMode.HIGH)
        assert (made.receipt.codec, made.receipt.lossless) == ("mozjpeg", False)
        assert made.receipt.score is not None
        assert made.receipt.score >= 80
        targets = [VariantTarget(VariantSpec("small", 100), StagedPath(str(staging.outlets / "small")))]
        [small] = await codec.derive(made.file.path, targets)
        assert small.dimensions.height == 100


async def test_a_change_in_the_low_byte_of_a_sample_is_noticed(staging: FolderStaging) -> None:
    """No decoder here returns low bytes, so the test reads them from the file."""
    deed = (
        "import zlib, struct, adapters.codec.encoders.lossless as it\n"
        "def png(low, level):\n"
        "    chunk = lambda n, d: struct.pack('>I', len(d)) + n + d + struct.pack('>I', zlib.crc32(n + d))\n"
        "    row = b'\\0' + bytes((200, low, 100, 7, 50, 9)) * 40\n"
        "    head = struct.pack('>IIBBBBB', 40, 30, 16, 2, 0, 0, 0)\n"
        "    return b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(row * 30, level)) + chunk(b'IEND', b'')\n"
    )
    scope: dict[str, Callable[[int, int], bytes]] = {}
    exec(deed.replace("import zlib, struct, adapters.codec.encoders.lossless as it", "import zlib, struct"), scope)
    async with open_codec(PoolLimits(workers=1)) as codec:
        for low, expected in ((1, "oxipng"), (2, "none")):
            await do(codec, f"{deed}it.oxipng.optimize_from_memory = lambda *a, made=png({low}, 9), **k: made")
            made = await compressed(codec, staging, scope["png"](1, 0))
            assert made.receipt.codec == expected


async def test_an_optimiser_gets_the_time_that_the_decoder_left(staging: FolderStaging) -> None:
    async with open_codec(PoolLimits(workers=1, deadline=2)) as codec:
        await do(codec, poisoned("lambda *a, **k: time.sleep(60)"))
        start = time.monotonic()
        await compressed(codec, staging, sample_image())
        assert time.monotonic() - start < 2 + 2
