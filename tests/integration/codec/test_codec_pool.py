"""Failures of image workers. The workers run programs that act like a broken decoder."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import cast

import pytest

from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.system.staging import FolderStaging
from domain.errors import (
    CodecBroken,
    CodecBusy,
    CodecTimedOut,
    ImageTooExpensive,
    StorageFull,
    UndecodableImage,
)
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.media import ImageFormat
from domain.ports.codec import VariantTarget
from domain.ports.staging import StagedPath
from kit.images.samples import sample_image
from kit.servers.workers import (
    CRASH,
    EXPLODE,
    HANG,
    NAP,
    an_upload,
    compressed,
    do,
    gone,
    open_codec,
    rules,
    worker_ids,
)

pytestmark = pytest.mark.anyio


# crashes, hangs, explosions


@pytest.mark.parametrize(
    "deed", [CRASH, "__import__('os')._exit(7)", "__import__('os').abort()"], ids=["segfault", "exit", "abort"]
)
async def test_an_image_that_crashes_its_worker_is_refused_and_touches_no_other(
    staging: FolderStaging, deed: str
) -> None:
    async with open_codec(PoolLimits(waiting=40)) as codec:
        tasks = [do(codec, deed if number % 3 else "result = 42") for number in range(12)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert answers[::3] == [42] * 4
        assert [type(each) for number, each in enumerate(answers) if number % 3] == [UndecodableImage] * 8
        assert (await compressed(codec, staging, sample_image())).receipt.lossless


async def test_a_hang_that_ignores_the_request_to_stop_ends_soon_after_the_deadline() -> None:
    async with open_codec(PoolLimits(workers=1, deadline=0.8)) as codec:
        victims = await worker_ids(codec, 1)
        start = time.monotonic()
        with pytest.raises(CodecTimedOut):
            await do(codec, HANG)
        assert time.monotonic() - start < 0.8 + 2
        assert await gone(victims, within=2)
        assert await do(codec, "result = 42") == 42


async def test_a_memory_explosion_is_too_expensive_and_the_next_image_finds_room(staging: FolderStaging) -> None:
    async with open_codec(PoolLimits(workers=1)) as codec:
        for _ in range(3):
            with pytest.raises(ImageTooExpensive):
                await do(codec, EXPLODE)
        assert (await compressed(codec, staging, sample_image())).receipt.lossless


@pytest.mark.parametrize("format", list(ImageFormat))
async def test_an_image_past_the_memory_bound_is_too_expensive_whatever_its_decoder_says(
    staging: FolderStaging, format: ImageFormat
) -> None:
    large = sample_image(format, 6000, 4000, **({"speed": 10} if format is ImageFormat.AVIF else {}))
    for megabytes in (210, 230):
        async with open_codec(PoolLimits(workers=1, memory=megabytes * 2**20)) as codec:
            with pytest.raises(ImageTooExpensive):
                await compressed(codec, staging, large)
            assert (await compressed(codec, staging, sample_image())).receipt.lossless


async def test_a_killed_worker_is_replaced_also_if_it_was_idle() -> None:
    async with open_codec(PoolLimits()) as codec:
        for _ in range(3):
            for process in await worker_ids(codec):
                os.kill(process, signal.SIGKILL)
            assert await do(codec, "result = 42") == 42


# the line


async def test_a_call_beyond_the_bound_on_waiting_is_refused_at_once() -> None:
    async with open_codec(PoolLimits(workers=2, waiting=3, longest_wait=30)) as codec:
        await codec.describe()
        inside = [asyncio.create_task(do(codec, NAP.format(1), user=1)) for _ in range(5)]
        await asyncio.sleep(0.1)
        start = time.monotonic()
        with pytest.raises(CodecBusy):
            await do(codec, "result = 1", user=1)
        assert time.monotonic() - start < 0.2
        assert await do(codec, "result = 1", user=2) == 1
        await asyncio.gather(*inside)
        assert await do(codec, "result = 1") == 1


async def test_no_call_waits_longer_than_the_longest_wait() -> None:
    async with open_codec(PoolLimits(workers=1, longest_wait=0.2)) as codec:
        await codec.describe()
        inside = asyncio.create_task(do(codec, NAP.format(3)))
        await asyncio.sleep(0.05)
        start = time.monotonic()
        with pytest.raises(CodecBusy):
            await do(codec, "result = 1")
        assert 0.15 < time.monotonic() - start < 2
        inside.cancel()
        await asyncio.gather(inside, return_exceptions=True)


async def test_no_more_images_are_decoded_at_once_than_there_are_workers() -> None:
    async with open_codec(PoolLimits(workers=2, waiting=20)) as codec:
        await codec.describe()
        span = "import time; start = time.monotonic(); time.sleep(0.05); result = [start, time.monotonic()]"
        spans = cast("list[list[float]]", await asyncio.gather(*(do(codec, span) for _ in range(10))))
        assert max(sum(start <= at < end for start, end in spans) for at, _ in spans) == 2


# cancellation and the end


async def test_a_cancelled_call_frees_its_place_at_once_and_its_worker_soon() -> None:
    async with open_codec(PoolLimits(workers=2, waiting=0)) as codec:
        victims = await worker_ids(codec)
        neighbour = asyncio.create_task(do(codec, "import os, time; time.sleep(1); result = os.getpid()"))
        cancelled = asyncio.create_task(do(codec, HANG))
        await asyncio.sleep(0.2)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert await do(codec, "result = 42") == 42
        survivor = await neighbour
        assert survivor in victims
        assert await gone(victims - {survivor}, within=2)


async def test_a_cancelled_call_leaves_no_file(staging: FolderStaging) -> None:
    source = an_upload(staging, sample_image(ImageFormat.PNG, 2000, 1500, compress_level=1))
    async with open_codec(PoolLimits()) as codec:
        for pause in (0.0, 0.02, 0.1, 0.3):
            async with staging.outlet(source.size) as target:
                task = asyncio.create_task(codec.compress(source, rules(), target, None))
                await asyncio.sleep(pause)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(0.5)
            assert list(staging.outlets.iterdir()) == []


async def test_after_closing_no_worker_is_left_and_calls_under_way_raise() -> None:
    async with open_codec(PoolLimits(deadline=20)) as codec:
        workers = await worker_ids(codec)
        busy = [asyncio.create_task(do(codec, HANG)) for _ in range(4)]
        await asyncio.sleep(0.2)
        await codec.close()
        assert await gone(workers, within=2)
        assert all(isinstance(answer, CodecBroken) for answer in await asyncio.gather(*busy, return_exceptions=True))
        with pytest.raises(CodecBroken):
            await do(codec, "result = 1")
        await codec.close()


SERVER = """
import asyncio, json, sys
sys.path[:] = json.loads(sys.argv[1])
from adapters.codec.pool import fork_server_process
from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits
from kit.servers.workers import do, open_codec, worker_ids

async def serve():
    async with open_codec(PoolLimits()) as codec:
        await worker_ids(codec)
        print("ready", flush=True)
        await asyncio.gather(*(do(codec, deed) for deed in sys.argv[2:]))
        if not sys.argv[2:]:
            await asyncio.sleep(60)

asyncio.run(serve())
"""


def a_server(*deeds: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", SERVER, json.dumps(sys.path), *deeds]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def descendants(process: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, layer = set(), {process}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer}
        found |= layer
    return found


@pytest.mark.parametrize(
    "deeds",
    [
        pytest.param((), id="idle"),
        pytest.param((HANG, "while True: pass"), id="busy"),
        pytest.param(("9 ** 9 ** 9", "9 ** 9 ** 9"), id="within native code"),
    ],
)
async def test_nothing_survives_a_killed_server(deeds: tuple[str, ...]) -> None:
    with a_server(*deeds) as server:
        assert server.stdout is not None
        assert await asyncio.to_thread(server.stdout.readline) == b"ready\n"
        await asyncio.sleep(0.3)
        family = descendants(server.pid)
        assert len(family) >= 3, "two workers and the fork server"
        server.kill()
        assert await gone(family, within=2)


async def test_the_server_imports_nothing_that_decodes_encodes_or_confines() -> None:
    workers_only = {"PIL", "numpy", "pyvips", "oxipng", "mozjpeg_lossless_optimization", "landlock", "pyseccomp"}
    program = f"import sys, entrypoints.container; print(*({workers_only} & sys.modules.keys()))"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"\n"


async def test_a_worker_does_not_run_the_main_module_again(tmp_path: Path) -> None:
    main = tmp_path / "main.py"
    main.write_text("print('main', flush=True)\nif __name__ == '__main__':\n" + textwrap.indent(SERVER, "    "))
    command = [sys.executable, str(main), json.dumps(sys.path), "pass"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.stdout.count(b"main") == 1


# failures that the image did not cause


async def test_a_full_disk_is_said_to_be_full(staging: FolderStaging) -> None:
    (staging.outlets / "target").symlink_to("/dev/full")
    async with open_codec(PoolLimits(sandbox=SandboxMode.OFF)) as codec:
        with pytest.raises(StorageFull):
            await compressed(codec, staging, sample_image(), CompressionMode.OFF)


async def test_a_file_that_may_not_be_read_is_not_blamed_on_the_image(tmp_path: Path) -> None:
    elsewhere = tmp_path / "removed"
    async with open_codec(PoolLimits(sandbox=SandboxMode.REQUIRE)) as codec:
        with pytest.raises(CodecBroken):
            await codec.derive(
                StagedPath(str(elsewhere)),
                [VariantTarget(VariantSpec("small", 10), StagedPath(str(tmp_path / "small")))],
            )


async def test_a_worker_names_the_codecs_and_what_confines_them() -> None:
    async with open_codec(PoolLimits()) as codec:
        report = await codec.describe()
    assert dict(report.versions).keys() == {
        "pillow", "pyjpegli", "mozjpeg-lossless-optimization", "oxipng-pybind", "pyvips-binary", "numpy",
        "pi-heif", "imagecodecs",
    }  # fmt: skip
    assert report.jpeg_encoder == "jpegli"
    assert {"limits", "parent-death"} <= {*report.held}


async def test_with_one_image_for_each_worker_no_two_images_share_a_process() -> None:
    async with open_codec(PoolLimits(workers=2, tasks_per_worker=1)) as codec:
        processes = [await do(codec, "import os; result = os.getpid()") for _ in range(5)]
        assert len(set(processes)) == 5
        assert await gone({int(str(each)) for each in processes}, within=2)
