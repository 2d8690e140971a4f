"""Where settings come from: defaults, then a TOML file, then the environment; every problem is reported at once."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from domain.errors import InvalidSettings
from entrypoints.settings import Settings, Store, Variant

PREFIX = "CALOTYPE_"
DEFAULT_FILE = "calotype.toml"
LONGEST_LINK = 7 * 24 * 3600  # seconds, as S3 has it
# The file of settings; what only tests look at; and what Kubernetes sets where a service is called calotype.
NOT_SETTINGS = re.compile(r"CALOTYPE_(CONFIG|CORPUS|TEST_.*|SERVICE_(HOST|PORT).*|PORT|PORT_\d+_(TCP|UDP).*)")

Toml: TypeAlias = "str | int | float | bool | list[Toml] | dict[str, Toml]"

SECTIONS = {*Settings.__struct_fields__, "storage.other"}
VARIANT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


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


def described(settings: Settings | None = None) -> Iterator[Described]:
    """Every setting there is with its default, in the order of the sections; among them those of the variants that
    ``settings`` declare, or else of the usual ones.
    """
    yield from _described(_defaults(settings.variants if settings else ()), "")


def _described(default: Struct, prefix: str) -> Iterator[Described]:
    for field in msgspec.structs.fields(default):
        name, value = prefix + field.name, getattr(default, field.name)
        if isinstance(value, Struct):
            yield from _described(value, f"{name}.")
        elif isinstance(value, dict):
            for key, each in value.items():
                yield from _described(each, f"{name}.{key}.")
        else:
            notes = [note for note in getattr(field.type, "__metadata__", ()) if isinstance(note, Meta)]
            about = next(note for note in notes if note.description)
            yield Described(name, about.description or "", value, bool((about.extra or {}).get("secret")), field.type)


def _defaults(variants: Iterable[str]) -> Settings:
    """The defaults, and among them, with nothing said of it yet, every one of these variants."""
    usual = Settings().variants
    return Settings(variants={**usual, **{name: Variant() for name in variants if name not in usual}})


def load_settings(file: str | None, environment: Mapping[str, str]) -> Settings:
    """The settings in force: defaults, under ``file`` (or ``calotype.toml`` where there is one), under ``environment``.

    Raises:
        InvalidSettings: something is unknown or impossible; every such thing is named.
    """
    problems: list[str] = []
    tables = _read_file(file, problems)
    base = _defaults(_named_variants(tables, environment))
    known = {each.name: each for each in _described(base, "")}
    given: dict[str, tuple[str, Toml]] = {}
    for name, value in _flat(tables):
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
    settings = _assembled(base, values)
    problems += _contradictions(settings)
    if problems:
        raise InvalidSettings(tuple(problems))
    return settings


def _named_variants(tables: dict[str, Toml], environment: Mapping[str, str]) -> list[str]:
    table = tables.get("variants")
    names = [name for name, each in table.items() if isinstance(each, dict)] if isinstance(table, dict) else []
    names += [variable.split("__")[1].lower() for variable in environment if variable.startswith(f"{PREFIX}VARIANTS__")]
    return [name for name in names if VARIANT_NAME.fullmatch(name)]


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
        if isinstance(value, dict) and (value or f"{prefix}{key}" in SECTIONS or prefix == "variants."):
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


def _assembled(base: Settings, values: Mapping[str, object]) -> Settings:
    def build(default: object, name: str) -> object:
        if isinstance(default, dict):
            return {key: build(value, f"{name}.{key}") for key, value in default.items()}
        if not isinstance(default, Struct):
            return values.get(name, default)
        changes = {
            field.name: build(getattr(default, field.name), f"{name}.{field.name}" if name else field.name)
            for field in msgspec.structs.fields(default)
        }
        return msgspec.structs.replace(default, **changes)

    settings = build(base, "")
    if not isinstance(settings, Settings):
        raise TypeError(f"not the settings: {type(settings)}")
    return settings


def _contradictions(settings: Settings) -> Iterator[str]:
    url = settings.http.public_url
    if url and not url.startswith(("http://", "https://")):
        yield "http.public_url: must begin with http:// or https://"
    url = settings.database.url
    if url and not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        yield "database.url: must be sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE"
    if 0 < settings.images.workers < settings.http.workers:
        yield "images.workers: at least one for each of http.workers"
    yield from _contradictions_of_stores(settings)
    for name, variant in settings.variants.items():
        if variant.enabled and not (variant.height or variant.width):
            yield f"variants.{name}: height or width must be set"
        elif variant.enabled and variant.fit == "cover" and not (variant.height and variant.width):
            yield f"variants.{name}.fit: cover needs both height and width"
    if settings.jobs.engine == "procrastinate" and not settings.database.url.startswith("postgresql"):
        yield "jobs.engine: procrastinate needs PostgreSQL (database.url)"
    if any(len(secret) < 32 for secret in settings.auth.secrets):
        yield "auth.secrets: each must have at least 32 characters"


def _contradictions_of_stores(settings: Settings) -> Iterator[str]:
    stores: dict[str, Store] = {"storage": settings.storage, "storage.other": settings.storage.other}
    for section, store in stores.items():
        if store.kind == "minio":
            for name in ("endpoint", "bucket", "access_key", "secret_key"):
                if not getattr(store, name):
                    yield f"{section}.{name}: must be set where {section}.kind is minio"
    if _place(settings.storage, settings.blob_folder) == _place(
        settings.storage.other, Path(settings.storage.other.path)
    ):
        yield "storage.other: is the same place as storage"
    if settings.storage.other.kind == "filesystem" and not settings.storage.other.path:
        yield "storage.other.path: must be set where storage.other.kind is filesystem"
    kinds = {store.kind for store in stores.values()}
    if "minio" in kinds and settings.http.link_lifetime > LONGEST_LINK // 2:
        yield f"http.link_lifetime: at most {LONGEST_LINK // 2} where blobs are in an S3 store"
    if "minio" not in kinds and settings.http.delivery == "redirect":
        yield "http.delivery: redirect is for S3 stores only (storage.kind = minio)"
    if settings.storage.kind != "filesystem" and settings.http.delivery == "accel":
        yield "http.delivery: accel is for blobs that are files (storage.kind = filesystem)"


def _place(store: Store, folder: Path) -> tuple[str, str]:
    """What tells two stores apart."""
    return (store.endpoint, store.bucket) if store.kind == "minio" else (store.kind, str(folder.absolute()))


def environment_settings() -> Settings:
    """The settings of this process: the file that ``CALOTYPE_CONFIG`` names, and the process's environment."""
    return load_settings(os.environ.get("CALOTYPE_CONFIG") or None, os.environ)
