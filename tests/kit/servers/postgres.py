"""A real PostgreSQL server, started on first use, as a user that is not root."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path

import asyncpg

from adapters.sql.transactions.database_url import parse_database_url
from adapters.sql.transactions.engine import make_engine
from adapters.sql.upgrades import SqlSchema
from kit.servers import programs
from kit.servers.calotype import free_port

TEMPLATE = "calotype_template"
SLOWEST_START = 60  # seconds
OPTIONS = ("fsync=off", "max_connections=200", "log_min_messages=warning")  # tests need no durability


async def upgraded(url: str) -> None:
    engine = make_engine(parse_database_url(url))
    await SqlSchema(engine).upgrade()
    await engine.dispose()


class Postgres:
    """A server that is started on first use."""

    def __init__(self) -> None:
        self._options = list(OPTIONS)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @cached_property
    def folder(self) -> Path:
        """The folder of the data, owned by the user that runs the server."""
        folder = Path(tempfile.mkdtemp(prefix="calotype-postgres-"))
        if self.user:
            shutil.chown(folder, self.user)
        return folder

    @cached_property
    def programs(self) -> Path:
        """The folder of the server's programs, or a copy of it if only root may read it."""
        found = programs.postgres()
        if self.user is None or self._may_run(found / "postgres"):
            return found
        copy = self.folder / "programs"
        shutil.copytree(found.parent, copy, symlinks=True)
        return copy / found.name

    def _may_run(self, program: Path) -> bool:
        try:
            return subprocess.run([program, "--version"], user=self.user, cwd="/", capture_output=True).returncode == 0
        except PermissionError:
            return False

    @property
    def user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        if os.getuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name).pw_name
            except KeyError:
                continue
        raise AssertionError("there is no user to run PostgreSQL as")

    @property
    def knows_tls(self) -> bool:
        """Whether its program was built with TLS."""
        return b"SSL is not supported by this build" not in (self.programs / "postgres").read_bytes()

    def use(self, *options: str) -> None:
        """Start with these options of the command line too."""
        self._options += options

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://calotype@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        if self._process is not None:
            return
        if not (self.folder / "data").exists():
            self._initialise()
        arguments = f"-D {self.folder}/data -k {self.folder} -h 127.0.0.1 -p {self.port}".split()
        options = [f"--{option}" for option in self._options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", *arguments, *options],
                user=self.user,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until = time.monotonic() + SLOWEST_START
        question = f"-q -h 127.0.0.1 -p {self.port}".split()
        while subprocess.run([self.programs / "pg_isready", *question]).returncode:
            complaint = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert self._process.poll() is None, f"PostgreSQL ended: {complaint}"
            assert time.monotonic() < until, f"PostgreSQL does not start: {complaint}"
            time.sleep(0.05)

    def _initialise(self) -> None:
        arguments = f"-D {self.folder}/data -U calotype -A trust -E UTF8 --locale=C.UTF-8 --no-sync".split()
        subprocess.run(
            [self.programs / "initdb", *arguments], user=self.user, cwd=self.folder, check=True, capture_output=True
        )

    def stop(self) -> None:
        """Stop at once, and close all connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        if self._process is not None:
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def database(self, template: str = "template1") -> str:
        """The URL of a fresh database."""
        name = f"calotype_{secrets.token_hex(6)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def upgraded_database(self) -> str:
        """The URL of a fresh database with the newest schema."""
        self.start()
        if not await self.run("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            await self.run(f"CREATE DATABASE {TEMPLATE}")
            await upgraded(self.url(TEMPLATE))
        return await self.database(TEMPLATE)

    def fresh_url(self, *, upgraded: bool = False) -> str:
        """The same, for code without an event loop."""
        return asyncio.run(self.upgraded_database() if upgraded else self.database())

    def folder_of(self, url: str) -> Path:
        """The folder of a database's own files: a server that many tests share has too many to search."""
        name = url.rpartition("/")[2]
        (row,) = asyncio.run(self.run("SELECT oid FROM pg_database WHERE datname = $1", name))
        return self.folder / "data" / "base" / str(row["oid"])

    async def run(self, statement: str, *parameters: object, database: str = "postgres") -> list[asyncpg.Record]:
        self.start()
        connection = await asyncpg.connect(host="127.0.0.1", port=self.port, user="calotype", database=database)
        try:
            found: list[asyncpg.Record] = await connection.fetch(statement, *parameters)
            return found
        finally:
            await connection.close()
