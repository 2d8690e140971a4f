"""How handlers ask for what the composition root provides: by name, checked by nobody, settable by no client."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

Part = TypeVar("Part")

Injected: TypeAlias = NamedDependency[SkipValidation[Part]]


def provided(provider: Callable[[], object]) -> Provide:
    """``provider`` for Litestar, which reads the signature of what it calls, and cannot read a provider's."""

    def get() -> object:
        return provider()

    return Provide(get, sync_to_thread=False)
