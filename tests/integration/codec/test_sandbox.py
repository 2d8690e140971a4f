"""What a worker cannot do, even if an image takes control of it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.codec.pool.codec import PooledImageCodec
from adapters.codec.shared.limits import PoolLimits, SandboxMode
from adapters.system.staging import FolderStaging
from domain.errors import CodecBroken, UndecodableImage
from domain.model.images.variant import VariantSpec
from domain.ports.staging import StagedPath
from kit.images.samples import sample_image

LAYERS = ("limits", "parent-death", "no-new-privileges", "landlock", "seccomp")

ESCAPES = {
    "open a socket": "import socket; socket.socket()",
    "connect to the local host": "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
    "read the list of users": "open('/etc/passwd').read()",
    "read the server's environment": "open('/proc/{server}/environ').read()",
    "write elsewhere": "open('/tmp/escaped', 'w')",
    "run a program": "import os; os.execv('/bin/true', ['true'])",
    "fork": "import os; os.fork()",
    "signal the server": "import os; os.kill({server}, 0)",
    "remove the staged upload": "import os; os.unlink({upload!r})",
    "list a folder": "import os; os.listdir('/')",
    "rewrite the staged upload": "open({upload!r}, 'r+b')",
    "list the staged uploads": "import os; os.listdir({inlets!r})",
    "create another file in its folder": "open({outlets!r} + '/new', 'w')",
    "change the mode of a file": "import os; os.chmod({upload!r}, 0o777)",
    "trace the server": "import ctypes, os; ctypes.CDLL(None, use_errno=True).ptrace(16, {server}, 0, 0) == 0 or "
    "(_ for _ in ()).throw(PermissionError(ctypes.get_errno()))",
    "have more memory": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))",
}

pytestmark = pytest.mark.anyio(scope="module")


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> FolderStaging:
    staging = FolderStaging(Path(tmp_path_factory.mktemp("sandbox")) / "staging")
    staging.open()
    return staging


@pytest.fixture(scope="module")
async def codec(area: FolderStaging, anyio_backend: str) -> AsyncIterator[PooledImageCodec]:
    limits = PoolLimits(workers=1, sandbox=SandboxMode.REQUIRE)
    codec = PooledImageCodec(limits, readable=[str(area.inlets)], writable=[str(area.outlets)])
    yield codec
    await codec.close()
    area.close()


async def test_every_layer_holds_here(codec: PooledImageCodec) -> None:
    report = await codec.selftest()
    assert (report.held, report.missing) == (LAYERS, ())


@pytest.mark.parametrize("escape", ESCAPES)
async def test_a_worker_cannot(codec: PooledImageCodec, area: FolderStaging, escape: str) -> None:
    upload = area.inlets / "upload"
    upload.write_bytes(b"another upload")
    deed = ESCAPES[escape].format(
        server=os.getpid(), upload=str(upload), inlets=str(area.inlets), outlets=str(area.outlets)
    )
    with pytest.raises(UndecodableImage) as refusal:
        await codec._run(exec, deed, {})
    assert refusal.value.reason.startswith(("PermissionError", "ValueError: not allowed to raise")), (
        refusal.value.reason
    )
    assert upload.read_bytes() == b"another upload"


async def test_a_worker_still_decodes(codec: PooledImageCodec, area: FolderStaging) -> None:
    upload, small = area.inlets / "upload", area.outlets / "small"
    upload.write_bytes(sample_image())
    [made] = await codec.derive(StagedPath(str(upload)), [(VariantSpec("small", 20), StagedPath(str(small)))])
    assert made.dimensions.height == 20


async def test_the_sandbox_mode_decides_what_a_missing_layer_means(area: FolderStaging) -> None:
    """Landlock cannot allow a folder that does not exist, so that layer is missing here."""
    upload = area.inlets / "image"
    upload.write_bytes(sample_image())
    for mode in SandboxMode:
        limits = PoolLimits(workers=1, sandbox=mode)
        codec = PooledImageCodec(limits, readable=[str(area.inlets / "none")], writable=[str(area.outlets)])
        report = await codec.selftest()
        assert report.missing == (() if mode is SandboxMode.OFF else ("landlock",))
        target = [(VariantSpec("small", 20), StagedPath(str(area.outlets / "small")))]
        if mode is SandboxMode.REQUIRE:
            with pytest.raises(CodecBroken):
                await codec.derive(StagedPath(str(upload)), target)
        else:
            assert len(await codec.derive(StagedPath(str(upload)), target)) == 1
        await codec.close()
