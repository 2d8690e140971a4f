"""Where settings come from: defaults, then a TOML file, then the environment. All problems are reported at once."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeAlias

import msgspec

from domain.errors import InvalidSettings
from entrypoints.configuration.contradictions import contradictions
from entrypoints.configuration.described import KIND, PREFIX, Described, defaults, described
from entrypoints.settings import Settings
from entrypoints.settings.declaring import local_path

DEFAULT_FILE = "calotype.toml"
# The file of settings, options of commands, and variables of the tests.
NOT_SETTINGS = re.compile(r"CALOTYPE_(CONFIG|SERVER|TOKEN|CORPUS|TEST_.*)")
# Kubernetes sets these for every service named calotype, or calotype- and something, such as calotype-database.
OF_KUBERNETES = re.compile(
    r"CALOTYPE_(?:[A-Z0-9]+_)*(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9]+)*)"
    r"|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)=.*"
    r"|CALOTYPE_(?:[A-Z0-9]+_)*PORT=(?:tcp|udp|sctp)://.*"
)

Toml: TypeAlias = "str | int | float | bool | list[Toml] | dict[str, Toml]"

VARIANT_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
VARIANT_NAME_RULE = (
    "the name of a variant begins with a lower-case letter, has only lower-case letters, digits and underscores, and at"
    " most 32 of them"
)


def load_settings(file: str | None, environment: Mapping[str, str]) -> Settings:
    """The settings in force: defaults, then ``file`` (or ``calotype.toml`` if it exists), then ``environment``.

    Raises:
        InvalidSettings: a setting is unknown or has an impossible value; all such problems are named.
    """
    problems: list[str] = []
    tables = _read_file(file, problems)
    base = defaults(_named_variants(tables, environment))
    known = {each.name: each for each in described(base)}
    sections = {each.section for each in known.values()} | {"variants"}
    given: dict[str, tuple[str, Toml]] = {}
    for name, value in _flat(tables, sections):
        given[name] = (name, value)
    by_variable = {each.variable: each.name for each in known.values()}
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and not _is_foreign(variable, text):
            given[by_variable.get(variable, variable)] = (variable, text)

    values: dict[str, object] = {}
    for name, (shown, value) in given.items():
        if name not in known:
            problems.append(f"{shown}: {_unknown(name)}")
            continue
        try:
            values[name] = _converted(known[name], value)
        except msgspec.ValidationError:
            problems.append(f"{shown}: {_complaint(known[name], value)}")
    problems += _drop_other_kinds(known, given, values)
    settings = _assembled(base, known.values(), values)
    problems += contradictions(settings)
    if problems:
        raise InvalidSettings(tuple(problems))
    return settings


def _named_variants(tables: dict[str, Toml], environment: Mapping[str, str]) -> list[str]:
    table = tables.get("variants")
    names = [name for name, each in table.items() if isinstance(each, dict)] if isinstance(table, dict) else []
    names += [variable.split("__")[1].lower() for variable in environment if variable.startswith(f"{PREFIX}VARIANTS__")]
    return [name for name in names if VARIANT_NAME.fullmatch(name)]


def _read_file(file: str | None, problems: list[str]) -> dict[str, Toml]:
    if file is None and not Path(DEFAULT_FILE).exists():
        return {}
    name = file or DEFAULT_FILE
    try:
        # Editors on Windows put a byte order mark at the start.
        return tomllib.loads(local_path(name).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        problems.append(f"{name}: does not exist")
        return {}
    except (OSError, RuntimeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{name}: cannot be read: {error}")
        return {}


def _is_foreign(variable: str, text: str) -> bool:
    """Whether a variable that begins as those of settings do is of something else."""
    return bool(NOT_SETTINGS.fullmatch(variable) or OF_KUBERNETES.fullmatch(f"{variable}={text}"))


def _flat(table: dict[str, Toml], sections: AbstractSet[str], prefix: str = "") -> Iterator[tuple[str, Toml]]:
    for key, value in table.items():
        if isinstance(value, dict) and (value or prefix + key in sections):
            yield from _flat(value, sections, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _unknown(name: str) -> str:
    if name.startswith(PREFIX):
        name = name.removeprefix(PREFIX).replace("__", ".").lower()
    section, _, rest = name.partition(".")
    is_misnamed = section == "variants" and not VARIANT_NAME.fullmatch(rest.partition(".")[0])
    return VARIANT_NAME_RULE if is_misnamed else "there is no such setting"


def _converted(setting: Described, value: Toml) -> object:
    from_text = isinstance(value, str)
    if isinstance(value, str) and isinstance(setting.default, tuple):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return msgspec.convert(value, setting.type, strict=not from_text)


def _complaint(setting: Described, value: Toml) -> str:
    expected = f"must be {setting.requirement}"
    return expected if setting.secret else f"{expected}; it is {value!r}"


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


def environment_settings() -> Settings:
    """The settings of this process: the file that ``CALOTYPE_CONFIG`` names, and the process's environment."""
    return load_settings(os.environ.get("CALOTYPE_CONFIG") or None, os.environ)
