"""Codecs, sample images and checks for the contract tests of image codecs."""

import hashlib
import os
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageSequence

import kit.images.jxl  # noqa: F401  savers for Pillow
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.shared import memory_files
from domain.model.images.variant import VariantSpec
from domain.model.pixels.admission import AdmissionPolicy
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.source import SourceFormat
from domain.model.pixels.upload_rules import UploadRules
from domain.model.storage.blob import Digest
from domain.ports.codec import CompressedImage, DerivedImage, ImageCodec, VariantTarget
from domain.ports.staging import StagedFile, StagedPath

KEPT = AdmissionPolicy(kept=frozenset(SourceFormat))
"""Each file that can keep its format keeps it."""

CODECS: dict[str, Callable[[], ImageCodec]] = {
    "pool": lambda: PooledImageCodec(PoolLimits(sandbox=SandboxMode.REQUIRE)),
}


@dataclass(frozen=True)
class CodecWorkspace:
    """A codec, with the folders of its input and output files. Small ones are in memory, as those of the service."""

    codec: ImageCodec
    inlets: Path
    outlets: Path
    numbers: "count[int]"
    admission: AdmissionPolicy
    in_memory: ExitStack

    def upload(self, data: bytes) -> StagedFile:
        path = self._path(self.inlets, len(data))
        Path(path).write_bytes(data)
        return StagedFile(path, len(data), Digest(hashlib.sha256(data).hexdigest()))

    def outlet(self, size: int = 0) -> StagedPath:
        """``size``: of the upload."""
        return self._path(self.outlets, size)

    def _path(self, folder: Path, size: int) -> StagedPath:
        if size > memory_files.LARGEST:
            return StagedPath(str(folder / str(next(self.numbers))))
        descriptor = memory_files.make()
        self.in_memory.callback(os.close, descriptor)
        return StagedPath(memory_files.path_of(descriptor))

    async def compress(
        self, data: bytes, mode: CompressionMode = CompressionMode.LOSSLESS
    ) -> tuple[CompressedImage, bytes]:
        rules = UploadRules(admission=self.admission, mode=mode)
        made = await self.codec.compress(self.upload(data), rules, self.outlet(len(data)), None)
        return made, contents(made.file)

    async def derive(self, data: bytes, *heights: int) -> list[tuple[DerivedImage, Image.Image]]:
        source = self.upload(data)
        targets = [VariantTarget(VariantSpec(f"h{height}", height), self.outlet(source.size)) for height in heights]
        made = await self.codec.derive(source.path, targets)
        return [(each, opened(contents(each.file))) for each in made]

    async def derive_by(self, data: bytes, **spec: Any) -> tuple[DerivedImage, Image.Image]:
        source = self.upload(data)
        target = VariantTarget(VariantSpec("one", **spec), self.outlet(), self.outlet() if spec.get("avif") else None)
        [made] = await self.codec.derive(source.path, [target])
        return made, opened(contents(made.file))

    async def derive_one(self, data: bytes, height: int) -> Image.Image:
        [(_, image)] = await self.derive(data, height)
        return image


@asynccontextmanager
async def open_workspace(
    make_codec: Callable[[], ImageCodec],
    folders: pytest.TempPathFactory,
    admission: AdmissionPolicy = AdmissionPolicy(),  # noqa: B008  it cannot be changed
) -> AsyncIterator[CodecWorkspace]:
    """Formats are converted or kept as ``admission`` says."""
    inlets, outlets = folders.mktemp("in"), folders.mktemp("out")
    codec = make_codec()
    with ExitStack() as in_memory:
        yield CodecWorkspace(codec, inlets, outlets, count(), admission, in_memory)
    if isinstance(codec, PooledImageCodec):
        await codec.close()


def a_photo(width: int = 120, height: int = 90, mode: str = "RGB") -> Image.Image:
    """A smooth image with a little noise and four different corners."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    noise = Image.frombytes("L", (width, height), hashlib.shake_128(b"noise").digest(width * height)).point(
        lambda value: value // 32
    )
    image = Image.merge("RGB", (across, down, noise))
    if mode in ("LA", "RGBA"):
        image = image.convert(mode)
        image.putalpha(across)
        return image
    return image.convert(mode)


def encoded(image: Image.Image, format: ImageFormat = ImageFormat.PNG, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format.name, **options)
    return file.getvalue()


def contents(file: StagedFile) -> bytes:
    return Path(file.path).read_bytes()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def frames_of(data: bytes) -> list[tuple[bytes, object]]:
    with Image.open(BytesIO(data)) as image:
        return [
            (frame.convert("RGBA").tobytes(), frame.info.get("duration")) for frame in ImageSequence.Iterator(image)
        ]


def assert_close(found: object, expected: object, tolerance: int) -> None:
    assert isinstance(found, tuple)
    assert isinstance(expected, tuple)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance, (found, expected)


def a_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def a_png(width: int, height: int, depth: int, kind: int, filtered: bytes, *, level: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + a_chunk(b"IHDR", header)
        + a_chunk(b"IDAT", zlib.compress(filtered, level))
        + a_chunk(b"IEND", b"")
    )


def unpacked(png: bytes) -> tuple[int, int, bytes]:
    """Depth, colour type and samples of a PNG, decoded as in section 9 of its specification."""
    chunks = chunks_of(png)
    width, height, depth, kind = struct.unpack_from(">IIBB", chunks[0][1])
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    unit = {0: 1, 2: 3, 4: 2, 6: 4}[kind] * depth // 8
    stride = width * unit
    rows = [bytearray(stride)]
    for number in range(height):
        method, *row = data[number * (stride + 1) : (number + 1) * (stride + 1)]
        line, above = bytearray(row), rows[-1]
        for at in range(stride):
            left = line[at - unit] if at >= unit else 0
            corner = above[at - unit] if at >= unit else 0
            line[at] = (line[at] + predicted(method, left, above[at], corner)) & 255
        rows.append(line)
    return depth, kind, b"".join(rows[1:])


def predicted(method: int, left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    paeth = min((left, above, corner), key=lambda each: abs(guess - each))
    return (0, left, above, (left + above) // 2, paeth)[method]


@cache
def a_profile(*, red_is_blue: bool = False, gamma: float = 0) -> bytes:
    """An ICC profile: sRGB, or one like it where the names of two primaries are exchanged, or with a ``gamma`` of 1.

    It holds the time of its creation.
    """
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if gamma:
        curve = profile.index(b"para")
        profile = profile[:curve] + b"curv" + bytes(8) + profile[curve + 12 :]
    if not red_is_blue:
        return profile
    return profile.replace(b"rXYZ", b"tmp?").replace(b"bXYZ", b"rXYZ").replace(b"tmp?", b"bXYZ")
