"""Settings: built-in defaults, then a TOML file, then the environment; every problem is reported at once."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from domain.errors import InvalidSettings

PREFIX = "CALOTYPE_"
DEFAULT_FILE = "calotype.toml"
NOT_SETTINGS = re.compile(r"CALOTYPE_(CONFIG|CORPUS|TEST_.*)")  # the file of settings; and what only tests look at

Toml: TypeAlias = "str | int | float | bool | list[Toml] | dict[str, Toml]"


def _about(text: str, *, secret: bool = False) -> Meta:
    return Meta(description=text, extra={"secret": secret})


Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    host: Annotated[str, _about("address to listen on")] = "127.0.0.1"
    port: Annotated[int, _about("port to listen on"), Meta(ge=1, le=65535)] = 8000
    public_url: Annotated[
        str, _about("address under which clients reach the service, e.g. https://pictures.example.org; empty: as asked")
    ] = ""
    link_lifetime: Annotated[
        int, _about("seconds that a signed link lasts at the least; at the most twice that"), Meta(ge=1)
    ] = 3600
    uploads: Annotated[Positive, _about("uploads being received at once; more are told to come back")] = 64
    upload_deadline: Annotated[Seconds, _about("seconds that one upload may take")] = 600.0
    upload_pause: Annotated[Seconds, _about("seconds that a sending client may be silent")] = 20.0

    @property
    def address(self) -> str:
        """Where clients reach the service, as far as is known without being asked by one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


class Storage(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Annotated[Literal["filesystem"], _about("where blobs are kept")] = "filesystem"
    data: Annotated[str, _about("folder of everything that is kept on local disk")] = "calotype-data"
    path: Annotated[str, _about("folder of the blobs; empty: 'blobs' in storage.data")] = ""
    grace: Annotated[
        float, _about("seconds that bytes may be on their way into the store before they are swept"), Meta(ge=60)
    ] = 3600.0
    sweep_every: Annotated[Seconds, _about("seconds between two sweeps")] = 300.0


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[str, _about("sqlite+aiosqlite:///FILE; empty: 'calotype.sqlite3' in storage.data", secret=True)] = ""


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    compression: Annotated[
        Literal["excellent", "high", "lossless", "off"],
        _about(
            "excellent: no difference is seen in the same place (SSIMULACRA2 of 85 or more); high: nor side by side (80);"
            " lossless: every pixel the same; off: only private metadata removed"
        ),
    ] = "excellent"
    largest_file: Annotated[Positive, _about("bytes of one upload")] = 50 * 1024 * 1024
    pixels: Annotated[Positive, _about("pixels of one frame")] = 50_000_000
    side: Annotated[Positive, _about("pixels on one side")] = 16_384
    frames: Annotated[Positive, _about("frames of an animation")] = 1_000
    pixels_over_all_frames: Annotated[Positive, _about("pixels of all frames together")] = 200_000_000
    scans: Annotated[Positive, _about("scans of a progressive JPEG")] = 100
    workers: Annotated[
        int, _about("processes that decode pictures; 0: one for each processor, at most 4"), Meta(ge=0)
    ] = 0
    waiting: Annotated[int, _about("pictures that may wait for a worker; more are answered 503"), Meta(ge=0)] = 64
    longest_wait: Annotated[Seconds, _about("seconds that a picture may wait for a worker")] = 60.0
    deadline: Annotated[Seconds, _about("seconds that a worker may take for one picture")] = 30.0
    memory: Annotated[int, _about("MiB of address space of one worker"), Meta(ge=256)] = 1408
    sandbox: Annotated[
        Literal["require", "prefer", "off"],
        _about("whether workers must, should or need not be confined by the kernel"),
    ] = "prefer"


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    height: Annotated[int, _about("pixels that the variant is high at the most"), Meta(ge=1, le=16_384)]


class Variants(Struct, frozen=True, forbid_unknown_fields=True):
    small: Variant = Variant(100)
    medium: Variant = Variant(300)


class Auth(Struct, frozen=True, forbid_unknown_fields=True):
    secrets: Annotated[
        tuple[str, ...],
        _about("secrets that tokens and links are made with: the first signs, all are believed; empty: auth.secret_file",
               secret=True),
    ] = ()  # fmt: skip
    secret_file: Annotated[
        str, _about("file of secrets, one a line, made at first start; empty: 'secret' in storage.data")
    ] = ""
    failures_per_name: Annotated[Positive, _about("failed log-ins per minute for one user name")] = 10
    failures_per_address: Annotated[
        Positive, _about("failed log-ins per minute from one address; behind a proxy all clients share one")
    ] = 30


class Jobs(Struct, frozen=True, forbid_unknown_fields=True):
    embedded: Annotated[bool, _about("whether 'calotype serve' makes variants itself, beside serving")] = True
    concurrency: Annotated[Positive, _about("pictures whose variants are made at once, by each process")] = 1
    poll: Annotated[Seconds, _about("seconds between looks for work of other processes")] = 0.5
    lease: Annotated[Seconds, _about("seconds after which the work of a dead process is taken up again")] = 6.0
    attempts: Annotated[Positive, _about("tries at a variant before it is marked failed")] = 5


class Logging(Struct, frozen=True, forbid_unknown_fields=True):
    level: Annotated[Literal["debug", "info", "warning", "error"], _about("the least that is logged")] = "info"
    format: Annotated[Literal["text", "json"], _about("lines for people or for machines")] = "text"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Paths that were left empty are filled in."""

    http: Http = Http()
    storage: Storage = Storage()
    database: Database = Database()
    images: Images = Images()
    variants: Variants = Variants()
    auth: Auth = Auth()
    jobs: Jobs = Jobs()
    logging: Logging = Logging()

    @property
    def data_folder(self) -> Path:
        return Path(self.storage.data).absolute()

    @property
    def blob_folder(self) -> Path:
        return Path(self.storage.path).absolute() if self.storage.path else self.data_folder / "blobs"

    @property
    def secret_file(self) -> Path:
        return Path(self.auth.secret_file).absolute() if self.auth.secret_file else self.data_folder / "secret"

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite+aiosqlite:///{self.data_folder / 'calotype.sqlite3'}"


SECTIONS = {*Settings.__struct_fields__, *(f"variants.{name}" for name in Variants.__struct_fields__)}


class Described(Struct, frozen=True):
    """One setting as the documentation and ``config show`` tell of it. ``name`` is dotted."""

    name: str
    about: str
    default: object
    secret: bool
    type: object

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace(".", "__")


def described(section: type[Struct] = Settings, prefix: str = "", default: object = None) -> Iterator[Described]:
    """Every setting there is, in the order of the sections."""
    default = Settings() if default is None else default
    for field in msgspec.structs.fields(section):
        name, value = prefix + field.name, getattr(default, field.name)
        if isinstance(value, Struct):
            yield from described(type(value), f"{name}.", value)
        else:
            notes = [note for note in getattr(field.type, "__metadata__", ()) if isinstance(note, Meta)]
            about = next(note for note in notes if note.description)
            yield Described(name, about.description or "", value, bool((about.extra or {}).get("secret")), field.type)


def load_settings(file: str | None, environment: Mapping[str, str]) -> Settings:
    """The settings in force: defaults, under ``file`` (or ``calotype.toml`` where there is one), under ``environment``.

    Raises:
        InvalidSettings: something is unknown or impossible; every such thing is named.
    """
    problems: list[str] = []
    known = {each.name: each for each in described()}
    given: dict[str, tuple[str, Toml]] = {}
    for name, value in _flat(_read_file(file, problems)):
        given[name] = (name, value)
    by_variable = {each.variable: each.name for each in known.values()}
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and not NOT_SETTINGS.fullmatch(variable):
            given[by_variable.get(variable, variable)] = (variable, text)

    values: dict[str, object] = {}
    for name, (shown, value) in given.items():
        if name not in known:
            problems.append(f"{shown}: there is no such setting")
            continue
        try:
            values[name] = _converted(known[name], value)
        except msgspec.ValidationError as error:
            problems.append(f"{shown}: {_complaint(known[name], error)}")
    settings = _assembled(Settings, "", values)
    problems += _contradictions(settings)
    if problems:
        raise InvalidSettings(tuple(problems))
    return settings


def _read_file(file: str | None, problems: list[str]) -> dict[str, Toml]:
    path = Path(file or DEFAULT_FILE)
    if file is None and not path.exists():
        return {}
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: cannot be read: {error}")
        return {}


def _flat(table: dict[str, Toml], prefix: str = "") -> Iterator[tuple[str, Toml]]:
    for key, value in table.items():
        if isinstance(value, dict) and (value or f"{prefix}{key}" in SECTIONS):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _converted(setting: Described, value: Toml) -> object:
    from_text = isinstance(value, str)
    if isinstance(value, str) and isinstance(setting.default, tuple):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return msgspec.convert(value, setting.type, strict=not from_text)


def _complaint(setting: Described, error: msgspec.ValidationError) -> str:
    choices = get_args(get_args(setting.type)[0])
    if choices and all(isinstance(choice, str) for choice in choices):
        return f"must be one of: {', '.join(choices)}"
    return str(error).partition(" - at ")[0]


def _assembled(section: type[Struct], prefix: str, values: Mapping[str, object]) -> Settings:
    def build(default: Struct, prefix: str) -> Struct:
        changes = {}
        for field in msgspec.structs.fields(default):
            name, value = prefix + field.name, getattr(default, field.name)
            changes[field.name] = build(value, f"{name}.") if isinstance(value, Struct) else values.get(name, value)
        return msgspec.structs.replace(default, **changes)

    settings = build(section(), prefix)
    if not isinstance(settings, Settings):
        raise TypeError(f"not the settings: {type(settings)}")
    return settings


def _contradictions(settings: Settings) -> Iterator[str]:
    url = settings.http.public_url
    if url and not url.startswith(("http://", "https://")):
        yield "http.public_url: must begin with http:// or https://"
    if settings.database.url and not settings.database.url.startswith("sqlite+aiosqlite:///"):
        yield "database.url: must be sqlite+aiosqlite:///FILE"
    if any(len(secret) < 32 for secret in settings.auth.secrets):
        yield "auth.secrets: each must have at least 32 characters"


def environment_settings() -> Settings:
    """The settings of this process: the file that ``CALOTYPE_CONFIG`` names, and the process's environment."""
    return load_settings(os.environ.get("CALOTYPE_CONFIG") or None, os.environ)
