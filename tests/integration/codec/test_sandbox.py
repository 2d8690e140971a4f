"""What a worker cannot do, even if an image takes control of it."""

import asyncio
import logging
import os
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.shared.memory_files import is_in_memory
from adapters.system.staging import FolderStaging
from domain.errors import CodecBroken, UndecodableImage
from domain.model.images.variant import VariantSpec
from domain.ports.codec import VariantTarget
from domain.ports.staging import StagedPath
from entrypoints.configuration.loading import load_settings
from entrypoints.container import make_application
from entrypoints.running import Startup, kept_running
from kit.images.samples import sample_image
from kit.servers.fork_servers import without_landlock
from kit.servers.workers import do, open_codec, worker_ids

LAYERS = ("limits", "user", "threads", "parent-death", "no-new-privileges", "landlock", "seccomp")
LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\ndef must(result):\n    if result < 0: raise OSError(ctypes.get_errno(), 'refused')\n"

# What a worker tries, and how its error begins; PermissionError unless something else is said.
ESCAPES = {
    "open a socket": "import socket; socket.socket()",
    "connect its socket to another": LIBC + "must(libc.connect(3, bytes(16), 16))",
    "read the list of users": "open('/etc/passwd').read()",
    "read the server's environment": "open('/proc/{server}/environ').read()",
    "read the environment that it was started with": "open('/proc/self/environ').read()",
    "write elsewhere": "open('/tmp/escaped', 'w')",
    "run a program": "import os; os.execv('/bin/true', ['true'])",
    "fork": "import os; os.fork()",
    "signal the server": "import os; os.kill({server}, 0)",
    "signal all processes": "import os; os.kill(-1, 0)",
    "open another upload": "open({upload!r}, 'rb')",
    "remove the staged upload": "import os; os.unlink({upload!r})",
    "list a folder": "import os; os.listdir('/')",
    "rewrite the staged upload": "open({upload!r}, 'r+b')",
    "list the staged uploads": "import os; os.listdir({inlets!r})",
    "make a file beside its own": "open({outlets!r} + '/new', 'w')",
    "make a file without a name": "import os; os.open({outlets!r}, os.O_TMPFILE | os.O_RDWR)",
    "change the mode of a file": "import os; os.chmod({upload!r}, 0o777)",
    "trace the server": LIBC + "must(libc.ptrace(16, {server}, 0, 0))",
    "read the server's memory": "open('/proc/{server}/mem', 'rb')",
    "have more memory": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))",
    "open its upload once more, to write it": "import os; os.open(f'/proc/self/fd/{{files[0]}}', os.O_RDWR)",
    "write its upload": "import os; os.write(files[0], b'other')",
    "shorten its upload": "import os; os.ftruncate(files[0], 0)",
    "read what it writes": "import os; os.pread(files[1], 1, 0)",
    "fill the disk by one call": "import os; os.posix_fallocate(files[1], 0, 10 << 30)",
    "fill the disk": "import os; os.pwrite(files[1], b'x', 10 << 30)",
    "keep bytes beyond its memory": "import os; os.memfd_create('ballast')",
    "lock a file": "import fcntl; fcntl.flock(files[0], fcntl.LOCK_EX)",
    "lease a file": "import fcntl; fcntl.fcntl(files[0], fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "have the kernel signal the server": "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, {server})",
    "choose the signal that the kernel sends": "import fcntl, os; fcntl.fcntl(os.pipe()[0], 10, 9)",
    "have the kernel signal a process group": "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, -{server})",
    "have the kernel send signals": "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETFL, os.O_ASYNC)",
    "have the kernel send signals by another call": "import fcntl, os; fcntl.ioctl(os.pipe()[0], 0x5452, b'1234')",
    "send a descriptor to somebody": "import os, socket; socket.socket(fileno=os.dup(3)).sendmsg([b'x'])",
    "survive the server": LIBC + "must(libc.prctl(1, 0, 0, 0, 0))",
    "change rights by a new call": LIBC + "must(libc.syscall(463, -100, b'/tmp', 0, b'user.x', 0, 0))",
    "enter another namespace": LIBC + "must(libc.unshare(0x10000000))",
    "be root again": "import os; os.setuid(0)",
    "have a higher priority": "import os; os.setpriority(os.PRIO_PROCESS, 0, -5)",
    "be told of other uploads": LIBC + "must(libc.inotify_init1(0))",
    "be told of all files": LIBC + "must(libc.syscall(300, 0, 0))",
    "make its upload immutable": "import fcntl; fcntl.ioctl(files[0], 0x40086602, bytes(8))",
    "start many threads": "import threading, time\nfor _ in range(100):\n    threading.Thread(target=time.sleep, args=(0.5,)).start()",
}
OTHER_ERRORS = {
    "have more memory": "ValueError: not allowed to raise",
    "write its upload": "OSError: [Errno 9]",
    "shorten its upload": "OSError: [Errno 22]",
    "read what it writes": "OSError: [Errno 9]",
    "fill the disk": "OSError: [Errno 27]",
    "start many threads": "RuntimeError: can't start new thread",
}

pytestmark = pytest.mark.anyio(scope="module")


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> FolderStaging:
    staging = FolderStaging(Path(tmp_path_factory.mktemp("sandbox")) / "staging")
    staging.open()
    return staging


@pytest.fixture(scope="module")
async def codec(area: FolderStaging, anyio_backend: str) -> AsyncIterator[PooledImageCodec]:
    async with open_codec(PoolLimits(workers=1, sandbox=SandboxMode.REQUIRE)) as codec:
        yield codec
    area.close()


async def test_every_layer_holds_here(codec: PooledImageCodec) -> None:
    description = await codec.describe()
    assert (description.held, description.missing) == (LAYERS, ())


@pytest.mark.parametrize("escape", ESCAPES)
async def test_a_worker_cannot(codec: PooledImageCodec, area: FolderStaging, escape: str) -> None:
    upload, target = area.inlets / "upload", area.outlets / "target"
    upload.write_bytes(b"somebody's image")
    program = ESCAPES[escape].format(
        server=os.getpid(), upload=str(upload), inlets=str(area.inlets), outlets=str(area.outlets)
    )
    with upload.open("rb") as readable, target.open("wb") as writable, pytest.raises(UndecodableImage) as refusal:
        await do(codec, program, [readable.fileno(), writable.fileno()])
    assert refusal.value.reason.startswith(OTHER_ERRORS.get(escape, "PermissionError")), refusal.value.reason
    assert upload.read_bytes() == b"somebody's image"
    assert target.stat().st_size == 0


AN_UPLOAD = b"somebody's image"
REOPENED = "import os; file = os.open(f'/proc/self/fd/{files[0]}', os.O_RDWR)\n"


@pytest.mark.parametrize(
    "escape",
    [
        "import os; os.write(files[0], b'other')",
        "import os; os.open(f'/proc/self/fd/{files[0]}', os.O_WRONLY | os.O_TRUNC)",
        REOPENED + "os.pwrite(file, b'other', 0)",
        REOPENED + "os.ftruncate(file, 0)",
        REOPENED + "os.ftruncate(file, 1 << 30)",
        REOPENED + "os.posix_fallocate(file, 0, 1 << 30)",
        REOPENED + "import mmap; mmap.mmap(file, 5, access=mmap.ACCESS_WRITE)[:5] = b'other'",
        REOPENED + "import fcntl; fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)",
        LIBC + REOPENED + "must(libc.fallocate(file, 3, ctypes.c_long(0), ctypes.c_long(5)))",
    ],
)
async def test_a_worker_cannot_change_an_upload_in_memory(
    codec: PooledImageCodec, area: FolderStaging, escape: str
) -> None:
    async with area.receive() as writer:
        await writer.write(AN_UPLOAD)
        upload = await writer.finish()
        assert is_in_memory(upload.path)
        readable = os.open(upload.path, os.O_RDONLY)
        with pytest.raises(UndecodableImage) as refusal:
            await do(codec, escape, [readable])
        os.close(readable)
        assert refusal.value.reason.startswith(("PermissionError", "OSError: [Errno 9]")), refusal.value.reason
        assert Path(upload.path).read_bytes() == AN_UPLOAD


async def test_a_worker_has_no_secret_and_no_file_but_those_of_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is 3; the file in which the kernel tells its memory is the only other one."""
    monkeypatch.setenv("CALOTYPE_AUTH__SECRETS", "secret")
    async with open_codec(PoolLimits(workers=1)) as fresh:
        environment = await do(fresh, "import os; result = ' '.join(os.environ)")
        assert environment == "LC_CTYPE OPENBLAS_NUM_THREADS RAYON_NUM_THREADS VIPS_CONCURRENCY"
        program = (
            "import fcntl\nresult = []\nfor each in range(64):\n    try: fcntl.fcntl(each, fcntl.F_GETFD)\n"
            "    except OSError: continue\n    result.append(each)"
        )
        assert await do(fresh, program) == [0, 1, 2, 3, 4]


async def test_a_worker_cannot_write_into_the_log(codec: PooledImageCodec, capfd: pytest.CaptureFixture[str]) -> None:
    await do(codec, "import os; os.write(1, b'forged'); os.write(2, b'forged')")
    assert capfd.readouterr() == ("", "")


class Escaping:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (Path("/tmp/calotype-escaped"), "escaped")


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(pickle.dumps(Escaping()), id="an object that runs code when it is unpickled"),
        pytest.param(b"\xc1", id="no message"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="an array that claims to be endless"),
        pytest.param(b"\x91" * 2_000, id="arrays in arrays"),
        pytest.param(b"\x81\xa4type\xa8Examined", id="a message with nothing in it"),
        pytest.param(b"\x82\xa4type\xa5Ended\xa6status\xc0", id="a message of the fork server with a wrong value"),
    ],
)
async def test_the_server_takes_nothing_but_the_expected_answer(codec: PooledImageCodec, packet: bytes) -> None:
    [worker] = await worker_ids(codec, 1)
    with pytest.raises(UndecodableImage):
        await do(codec, f"import os, time; os.write(3, {packet!r}); time.sleep(5)")
    assert not Path("/tmp/calotype-escaped").exists()
    assert await worker_ids(codec, 1) != {worker}, "who sends that gets no other image"


async def test_a_worker_cannot_answer_before_it_is_asked(codec: PooledImageCodec) -> None:
    [worker] = await worker_ids(codec, 1)
    later = (
        "import os, threading, time; threading.Thread(target=lambda: (time.sleep(0.3), os.write(3, b'forged'))).start()"
    )
    await do(codec, later)
    await asyncio.sleep(0.6)
    assert await worker_ids(codec, 1) != {worker}


async def test_a_worker_still_decodes(codec: PooledImageCodec, area: FolderStaging) -> None:
    upload, small = area.inlets / "upload", area.outlets / "small"
    upload.write_bytes(sample_image())
    [made] = await codec.derive(
        StagedPath(str(upload)), [VariantTarget(VariantSpec("small", 20), StagedPath(str(small)))]
    )
    assert made.dimensions.height == 20


async def test_a_worker_cannot_shorten_a_file_by_its_path_where_landlock_does_not_forbid_it() -> None:
    """Landlock does since its third version; here there is none."""
    codec = PooledImageCodec(PoolLimits(workers=1), fork_server=without_landlock.__name__)
    with TemporaryDirectory() as folder:  # one that the user nobody may enter
        Path(folder).chmod(0o755)
        file = Path(folder) / "file"
        file.write_bytes(b"somebody's image")
        file.chmod(0o666)
        with pytest.raises(UndecodableImage):
            await do(codec, f"import os; os.truncate({str(file)!r}, 0)")
        assert file.read_bytes() == b"somebody's image"
    await codec.close()


@pytest.mark.parametrize("mode", SandboxMode)
async def test_the_sandbox_mode_decides_what_a_missing_layer_means(area: FolderStaging, mode: SandboxMode) -> None:
    upload = area.inlets / "image"
    upload.write_bytes(sample_image())
    codec = PooledImageCodec(PoolLimits(workers=1, sandbox=mode), fork_server=without_landlock.__name__)
    description = await codec.describe()
    assert description.missing == (() if mode is SandboxMode.OFF else ("landlock",))
    target = [VariantTarget(VariantSpec("small", 20), StagedPath(str(area.outlets / "small")))]
    if mode is SandboxMode.REQUIRE:
        with pytest.raises(CodecBroken):
            await codec.derive(StagedPath(str(upload)), target)
    else:
        assert len(await codec.derive(StagedPath(str(upload)), target)) == 1
    await codec.close()


async def test_a_server_warns_once_at_its_start_of_layers_that_are_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_application(load_settings(None, {"CALOTYPE_STORAGE__DATA": str(tmp_path)}))
    vars(app.parts.codec)["codec"] = PooledImageCodec(PoolLimits(), fork_server=without_landlock.__name__)

    def warnings() -> list[str]:
        return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]

    async with kept_running(app, Startup(app, upgrade=False), variants=False):
        for _ in range(600):
            if warnings():
                break
            await asyncio.sleep(0.05)
        await app.parts.codec.codec.close()
    assert warnings() == ["image workers run without: landlock"]
