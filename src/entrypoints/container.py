"""The composition root: the groups of parts of a process, each made once, and what each is made of."""

from collections.abc import Callable
from typing import Any, TypeVar, overload

from dependency_injector import containers, providers
from dependency_injector.providers import Provider, Singleton

from entrypoints.assembly.access import AccessParts
from entrypoints.assembly.application import Application
from entrypoints.assembly.codec import CodecParts
from entrypoints.assembly.database import DatabaseParts
from entrypoints.assembly.jobs import JobParts
from entrypoints.assembly.parts import Parts
from entrypoints.assembly.remote import RemoteParts
from entrypoints.assembly.storage import StorageParts
from entrypoints.assembly.system import SystemParts
from entrypoints.settings import Settings

Made = TypeVar("Made")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")


@overload
def once(make: Callable[[], Made], /) -> Singleton[Made]: ...
@overload
def once(make: Callable[[A], Made], a: Provider[A], /) -> Singleton[Made]: ...
@overload
def once(make: Callable[[A, B], Made], a: Provider[A], b: Provider[B], /) -> Singleton[Made]: ...
@overload
def once(make: Callable[[A, B, C], Made], a: Provider[A], b: Provider[B], c: Provider[C], /) -> Singleton[Made]: ...
@overload
def once(
    make: Callable[[A, B, C, D, E, F, G], Made],
    a: Provider[A],
    b: Provider[B],
    c: Provider[C],
    d: Provider[D],
    e: Provider[E],
    f: Provider[F],
    g: Provider[G],
    /,
) -> Singleton[Made]: ...
def once(make: Callable[..., Made], /, *parts: Provider[Any]) -> Singleton[Made]:
    """What ``make`` returns for these parts, made once. ``providers.Singleton`` itself takes any parts, unchecked."""
    return Singleton(make, *parts)


class Container(containers.DeclarativeContainer):
    """One process's parts. Nothing is opened here: ``entrypoints.running`` does that."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    system = once(SystemParts)
    access = once(AccessParts, settings)
    database = once(DatabaseParts, settings, system)
    storage = once(StorageParts, settings, system, access)
    codec = once(CodecParts, settings, system)
    jobs = once(JobParts, settings, system, database)
    remote = once(RemoteParts, settings)
    parts = once(Parts, system, access, database, storage, codec, jobs, remote)
    application = once(Application, settings, parts)


def make_application(settings: Settings) -> Application:
    """The application for these settings; none of its parts is open yet."""
    return Container(settings=settings).application()
