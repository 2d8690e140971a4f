"""Which settings there are."""

from collections.abc import Iterable, Iterator, Mapping
from enum import EnumType
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from entrypoints.settings import Settings, Variant

PREFIX = "CALOTYPE_"
KIND = "kind"
PLAIN_TYPES: Mapping[object, str] = {int: "a whole number", float: "a number", str: "text"}


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
    def requirement(self) -> str:
        """What its value must be, to be read after "must be"."""
        if self.choices:
            return f"one of: {', '.join(self.choices)}"
        plain, *notes = get_args(self.type)
        limits = [note for note in notes if isinstance(note, Meta)]
        least, most, above = (
            next((limit for note in limits if (limit := getattr(note, name)) is not None), None)
            for name in ("ge", "le", "gt")
        )
        members = get_args(get_args(plain)[0]) if isinstance(self.default, tuple) else ()
        kind = PLAIN_TYPES.get(plain, f"a list of some of: {', '.join(members)}" if members else "a list of texts")
        if least is not None:
            return f"{kind} of {least} or more" if most is None else f"{kind} from {least} to {most}"
        return kind if above is None else f"{kind} above {above}"

    @property
    def section(self) -> str:
        return self.name.rpartition(".")[0]


def described(settings: Settings | None = None) -> Iterator[Described]:
    """Every setting with its default and its value, in the order of the sections.

    The values are those of ``settings``, or else the defaults. Among them are the settings of the variants that
    ``settings`` declare, and those of every kind of store; those that are not of the kind in use have their defaults.
    """
    values = settings or Settings()
    yield from _described(defaults(values.variants), values, "", ())


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


def defaults(variants: Iterable[str]) -> Settings:
    """The defaults, with the default of a variant for each of these that is not a usual one."""
    usual = Settings().variants
    return Settings(variants={**usual, **{name: Variant() for name in variants if name not in usual}})
