"""Where settings come from: defaults, then a TOML file, then the environment. All problems are reported at once."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import EnumType
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

from domain.errors import InvalidSettings
from domain.model.images.variant import Fit
from entrypoints.assembly.database_urls import is_postgres, problem_of
from entrypoints.assembly.store_kinds import STORE_KINDS, kind_of
from entrypoints.settings import Settings, Variant

PREFIX = "CALOTYPE_"
DEFAULT_FILE = "calotype.toml"
SHORTEST_SECRET = 32  # characters
# The file of settings; variables of the tests; and those that Kubernetes sets for a service named calotype.
NOT_SETTINGS = re.compile(r"CALOTYPE_(CONFIG|CORPUS|TEST_.*|SERVICE_(HOST|PORT).*|PORT|PORT_\d+_(TCP|UDP).*)")

Toml: TypeAlias = "str | int | float | bool | list[Toml] | dict[str, Toml]"

KIND = "kind"
VARIANT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Described(Struct, frozen=True, kw_only=True):
    """One setting, as the documentation and ``config show`` describe it.

    ``name`` is dotted, e.g. ``http.port``. ``path`` leads to the value in ``Settings``. ``kinds``: the kinds of store
    that have this setting; empty where it does not depend on the kind of a store.
    """

    name: str
    path: tuple[str, ...]
    about: str
    default: object
    value: object
    secret: bool
    type: object
    kinds: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace(".", "__")

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that it can have, if they are a few words."""
        plain = get_args(self.type)[0]
        if plain is bool:
            return ("true", "false")
        members = tuple(plain) if isinstance(plain, EnumType) else get_args(plain)
        return members if all(isinstance(member, str) for member in members) else ()

    @property
    def section(self) -> str:
        return self.name.rpartition(".")[0]


def described(settings: Settings | None = None) -> Iterator[Described]:
    """Every setting with its default and its value, in the order of the sections.

    The values are those of ``settings``, or else the defaults. Among them are the settings of the variants that
    ``settings`` declare, and those of every kind of store; those that are not of the kind in use have their defaults.
    """
    values = settings or Settings()
    yield from _described(_defaults(values.variants), values, "", ())


def _described(default: Struct, values: Struct, prefix: str, path: tuple[str, ...]) -> Iterator[Described]:
    for field in msgspec.structs.fields(default):
        name, inside = prefix + field.name, (*path, field.name)
        usual, value = getattr(default, field.name), getattr(values, field.name)
        if _tagged(field.type):
            is_inline = (_meta(field.type).extra or {})["inline"]
            yield from _described_store(field.type, usual, value, prefix if is_inline else f"{name}.", inside)
        elif isinstance(usual, Struct):
            yield from _described(usual, value, f"{name}.", inside)
        elif isinstance(usual, dict):
            for key, each in usual.items():
                yield from _described(each, value.get(key, each), f"{name}.{key}.", (*inside, key))
        else:
            yield _setting(name, inside, field.type, usual, value)


def _described_store(
    type: object, default: Struct, value: Struct, prefix: str, path: tuple[str, ...]
) -> Iterator[Described]:
    """The kind of a store, and the settings of all kinds. A name that several kinds have is one setting."""
    stores = _tagged(type)
    choice: object = Annotated[Literal[tuple(stores)], _meta(type)]
    yield _setting(prefix + KIND, (*path, KIND), choice, _kind_of(default), _kind_of(value))
    fields = {field.name: field for store in stores.values() for field in msgspec.structs.fields(store)}
    for name, field in fields.items():
        kinds = tuple(kind for kind, store in stores.items() if name in store.__struct_fields__)
        now = getattr(value, name, field.default)
        yield _setting(prefix + name, (*path, name), field.type, field.default, now, kinds=kinds)


def _setting(
    name: str, path: tuple[str, ...], type: object, default: object, value: object, *, kinds: tuple[str, ...] = ()
) -> Described:
    meta = _meta(type)
    return Described(
        name=name,
        path=path,
        about=meta.description or "",
        default=default,
        value=value,
        secret=(meta.extra or {})["secret"],
        type=type,
        kinds=kinds,
    )


def _meta(type: object) -> Meta:
    """What the setting or the section of this type is about."""
    return next(note for note in getattr(type, "__metadata__", ()) if isinstance(note, Meta) and note.description)


def _tagged(type: object) -> dict[str, type[Struct]]:
    """The structs of a tagged union by their tags; empty for any other type."""
    members = get_args(get_args(type)[0]) if hasattr(type, "__metadata__") else ()
    return {_kind_of(each): each for each in members if hasattr(each, "__struct_config__")}


def _kind_of(store: Struct | type[Struct]) -> str:
    return str(store.__struct_config__.tag)


def _defaults(variants: Iterable[str]) -> Settings:
    """The defaults, with the default of a variant for each of these that is not a usual one."""
    usual = Settings().variants
    return Settings(variants={**usual, **{name: Variant() for name in variants if name not in usual}})


def load_settings(file: str | None, environment: Mapping[str, str]) -> Settings:
    """The settings in force: defaults, then ``file`` (or ``calotype.toml`` if it exists), then ``environment``.

    Raises:
        InvalidSettings: a setting is unknown or has an impossible value; all such problems are named.
    """
    problems: list[str] = []
    tables = _read_file(file, problems)
    base = _defaults(_named_variants(tables, environment))
    known = {each.name: each for each in described(base)}
    sections = {each.section for each in known.values()} | {"variants"}
    given: dict[str, tuple[str, Toml]] = {}
    for name, value in _flat(tables, sections):
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
    problems += _drop_other_kinds(known, given, values)
    settings = _assembled(base, known.values(), values)
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


def _flat(table: dict[str, Toml], sections: AbstractSet[str], prefix: str = "") -> Iterator[tuple[str, Toml]]:
    for key, value in table.items():
        if isinstance(value, dict) and (value or prefix + key in sections):
            yield from _flat(value, sections, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _converted(setting: Described, value: Toml) -> object:
    from_text = isinstance(value, str)
    if isinstance(value, str) and isinstance(setting.default, tuple):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return msgspec.convert(value, setting.type, strict=not from_text)


def _complaint(setting: Described, error: msgspec.ValidationError) -> str:
    choices = setting.choices
    return f"must be one of: {', '.join(choices)}" if choices else str(error).partition(" - at ")[0]


def _drop_other_kinds(
    known: Mapping[str, Described], given: Mapping[str, tuple[str, Toml]], values: dict[str, object]
) -> Iterator[str]:
    """Remove from ``values`` what the kind of its store does not have, and name it unless it is the default."""
    for name in [name for name in values if known[name].kinds]:
        setting = known[name]
        kind_name = f"{setting.section}.{KIND}"
        kind = values.get(kind_name, known[kind_name].default)
        if kind in setting.kinds:
            continue
        value = values.pop(name)
        is_kind_valid = kind_name in values or kind_name not in given
        if is_kind_valid and value != setting.default:
            kinds = " or ".join(setting.kinds)
            yield f"{given[name][0]}: is a setting of {kind_name} = {kinds}, but {kind_name} is {kind}"


def _assembled(base: Settings, known: Iterable[Described], values: Mapping[str, object]) -> Settings:
    """``base`` with these values. Each must have its setting's type, and belong to the kind of store in use."""
    plain = msgspec.to_builtins(base)
    for each in known:  # the kind of a store comes before its other settings
        if each.name in values:
            table = plain
            for key in each.path[:-1]:
                table = table[key]
            if each.path[-1] == KIND:
                table.clear()
            table[each.path[-1]] = values[each.name]
    return msgspec.convert(plain, Settings)


def _contradictions(settings: Settings) -> Iterator[str]:
    url = settings.http.public_url
    if url and not url.startswith(("http://", "https://")):
        yield "http.public_url: must begin with http:// or https://"
    if (problem := problem_of(settings.database_url)) is not None:
        yield f"database.url: {problem}"
    elif settings.jobs.engine == "procrastinate" and not is_postgres(settings.database_url):
        yield "jobs.engine: procrastinate needs PostgreSQL (database.url)"
    if 0 < settings.images.workers < settings.http.workers:
        yield "images.workers: must be at least http.workers"
    yield from _contradictions_of_stores(settings)
    for name, variant in settings.variants.items():
        if variant.enabled and not (variant.height or variant.width):
            yield f"variants.{name}: height or width must be set"
        elif variant.enabled and variant.fit is Fit.COVER and not (variant.height and variant.width):
            yield f"variants.{name}.fit: cover needs both height and width"
    if any(len(secret) < SHORTEST_SECRET for secret in settings.auth.secrets):
        yield f"auth.secrets: each must have at least {SHORTEST_SECRET} characters"


def _contradictions_of_stores(settings: Settings) -> Iterator[str]:
    http, stores = settings.http, settings.stores
    problems = [problem for section, store in stores.items() for problem in kind_of(store).problems(store, section)]
    yield from problems
    for section, store in stores.items():
        kind = kind_of(store)
        if kind.longest_link is not None and http.link_lifetime > kind.longest_link // 2:
            yield f"http.link_lifetime: must be at most {kind.longest_link // 2} where {section}.kind is {kind.name}"
    places = {kind_of(store).place(store, settings.data_folder) for store in stores.values()}
    if len(places) < len(stores) and not problems:
        yield "storage.other: is the same place as storage"
    if http.delivery == "redirect" and all(kind_of(store).links is None for store in stores.values()):
        able = " or ".join(kind.name for kind in STORE_KINDS.values() if kind.links is not None)
        yield f"http.delivery: redirect needs a store with links of its own (storage.kind = {able})"
    if http.delivery == "accel" and settings.blob_folder is None:
        yield "http.delivery: accel needs blobs that are local files (storage.kind = filesystem)"


def environment_settings() -> Settings:
    """The settings of this process: the file that ``CALOTYPE_CONFIG`` names, and the process's environment."""
    return load_settings(os.environ.get("CALOTYPE_CONFIG") or None, os.environ)
