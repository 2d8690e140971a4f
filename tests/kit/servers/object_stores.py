"""Real S3-compatible servers, started on first use, and one that the environment names."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from minio import Minio

from adapters.blobs.s3.bucket import MinioBucket
from kit.servers import programs
from kit.servers.calotype import free_port

ACCESS_KEY, SECRET_KEY, REGION = "calotype", "a-secret-for-tests", "us-east-1"
SLOWEST_START = 60  # seconds
GIVEN = "CALOTYPE_TEST_S3_"
GARAGE = """
metadata_dir = "{folder}/metadata"
data_dir = "{folder}/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "{rpc}"
rpc_public_addr = "{rpc}"
rpc_secret = "{secret}"
[s3_api]
api_bind_addr = "{s3}"
s3_region = "{region}"
root_domain = ".s3.localhost"
"""


@dataclass(frozen=True)
class ObjectStore:
    """An S3-compatible server; each test makes its own bucket."""

    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = REGION
    secure: bool = False

    def client(self) -> Minio:
        return Minio(self.endpoint, self.access_key, self.secret_key, secure=self.secure, region=self.region)

    def make_bucket(self) -> MinioBucket:
        name = f"calotype-{secrets.token_hex(6)}"
        self.client().make_bucket(name)
        return MinioBucket(
            endpoint=self.endpoint,
            public_endpoint="",
            bucket=name,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
            secure=self.secure,
        )


def as_settings(bucket: MinioBucket, section: str = "STORAGE") -> dict[str, str]:
    """The settings of a service that keeps its blobs there."""
    values = {"kind": "minio", **{name: str(getattr(bucket, name)) for name in MinioBucket.__slots__}}
    return {f"CALOTYPE_{section}__{name.upper()}": value for name, value in values.items()}


@contextmanager
def running(
    arguments: list[str], folder: Path, is_up: Callable[[], bool], environment: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a process in ``folder`` and wait until it is up. If it does not start, the test that needs it fails."""
    with (folder / "log").open("ab") as log:
        variables = {**os.environ, **(environment or {})}
        process = subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=log, env=variables)
    try:
        until = time.monotonic() + SLOWEST_START
        while not is_up():
            complaint = (folder / "log").read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"{arguments[0]} ended: {complaint}"
            assert time.monotonic() < until, f"{arguments[0]} does not start: {complaint}"
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def seaweedfs(folder: Path) -> Iterator[ObjectStore]:
    """SeaweedFS with all its parts in one process, and its data in ``folder``."""
    rights = {"credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [{"name": "tests", **rights}]}))
    (folder / "data").mkdir(exist_ok=True)
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    grpc = {f"{name}.port.grpc": free_port() for name in ports}
    options = {
        "dir": folder / "data",
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3": "true",
        "s3.config": folder / "s3.json",
        "s3.port.iceberg": 0,  # the default ports would collide between concurrent test runs
        "s3.port.lance": 0,
        "master.volumeSizeLimitMB": 64,
        "master.telemetry": "false",
        "volume.max": 0,
        **{f"{name}.port": port for name, port in ports.items()},
        **grpc,
    }
    store = ObjectStore(f"127.0.0.1:{ports['s3']}")
    arguments = [str(programs.weed()), "server", *(f"-{name}={value}" for name, value in options.items())]
    with running(arguments, folder, lambda: _takes_objects(store)):
        yield store


@contextmanager
def rclone(folder: Path) -> Iterator[ObjectStore]:
    """``rclone serve s3`` over ``folder``, an independent implementation."""
    (folder / "data").mkdir(exist_ok=True)
    store = ObjectStore(f"127.0.0.1:{free_port()}")
    options = {"addr": store.endpoint, "auth-key": f"{ACCESS_KEY},{SECRET_KEY}"}
    arguments = [str(programs.rclone()), "serve", "s3", *(f"--{name}={value}" for name, value in options.items())]
    arguments.append(str(folder / "data"))
    with running(arguments, folder, lambda: _takes_objects(store)):
        yield store


def _takes_objects(store: ObjectStore) -> bool:
    with suppress(Exception):  # of any kind: the request is repeated
        httpx.get(f"http://{store.endpoint}/", timeout=1)
        bucket = store.make_bucket().bucket
        url = store.client().get_presigned_url("PUT", bucket, "first")
        return httpx.put(url, content=b"x", timeout=10).is_success
    return False


@contextmanager
def minio(folder: Path, program: Path) -> Iterator[ObjectStore]:
    """MinIO with its data in ``folder``."""
    store = ObjectStore(f"127.0.0.1:{free_port()}")
    environment = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY, "MINIO_UPDATE": "off"}
    address = ["--address", store.endpoint, "--console-address", f"127.0.0.1:{free_port()}"]
    arguments = [str(program), "server", str(folder / "data"), *address]
    with running(arguments, folder, lambda: _takes_objects(store), environment):
        yield store


@contextmanager
def garage(folder: Path, program: Path) -> Iterator[ObjectStore]:
    """Garage with one node, and its data in ``folder``."""
    rpc, s3 = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    (folder / "garage.toml").write_text(
        GARAGE.format(folder=folder, rpc=rpc, secret=secrets.token_hex(32), s3=s3, region=REGION)
    )
    command = [str(program), "-c", str(folder / "garage.toml")]
    store = ObjectStore(s3, access_key=f"GK{secrets.token_hex(12)}", secret_key=secrets.token_hex(32))

    def run(*arguments: str) -> str:
        return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout

    def answers() -> bool:
        with suppress(subprocess.CalledProcessError):
            return bool(run("status"))
        return False

    with running([*command, "server"], folder, answers):
        node = run("node", "id", "-q").partition("@")[0]
        run("layout", "assign", "--zone", "here", "--capacity", "10G", node)
        run("layout", "apply", "--version", "1")
        run("key", "import", "--yes", store.access_key, store.secret_key)
        run("key", "allow", "--create-bucket", store.access_key)
        yield store


def given_store() -> ObjectStore | None:
    """The store that the environment names, e.g. CALOTYPE_TEST_S3_ENDPOINT=127.0.0.1:9000."""
    found = {name.removeprefix(GIVEN).lower(): value for name, value in os.environ.items() if name.startswith(GIVEN)}
    if not found:
        return None
    secure = found.pop("secure", "false") == "true"
    return ObjectStore(**found, secure=secure)


class ObjectStores:
    """Servers that are started on first use, and run until the tests end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self.named = cache(self._named)

    @property
    def usual(self) -> ObjectStore:
        """The server of the tests that need only one: the one that the environment names, or else SeaweedFS."""
        return self.named("given" if given_store() else "seaweedfs")

    def folder_of(self, name: str) -> Path:
        """Where the server of this name keeps what it needs."""
        return self._folder / name

    def _named(self, name: str) -> ObjectStore:
        if name == "given":
            store = given_store()
            assert store is not None
            return store
        folder = self._folder / name
        folder.mkdir()
        return self._stack.enter_context({"seaweedfs": seaweedfs, "rclone": rclone}[name](folder))


SERVERS = ("seaweedfs", "rclone", *(["given"] if given_store() else []))
