"""Who acts at the moment: set by the drivers, asked by the audit. Tasks inherit it from where they are started."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from domain.model.audit.record import SERVICE, Actor, ActorKind

_ACTING: ContextVar[Actor] = ContextVar("acting", default=SERVICE)


def who_acts() -> Actor:
    """Whoever acts; the service itself, unless a driver has said otherwise."""
    return _ACTING.get()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Have what is done in the context, and in tasks that are started in it, noted as done by ``actor``."""
    token = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(token)


def operator() -> Actor:
    """Whoever runs a command."""
    name = ""
    with suppress(OSError, KeyError, ImportError):  # a user id without a name
        name = getpass.getuser()
    return Actor(kind=ActorKind.CLI, name=name)
