"""Dependencies of handlers, injected by name. They are not validated, and no client can set them."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

Part = TypeVar("Part")

Injected: TypeAlias = NamedDependency[SkipValidation[Part]]


def provided(provider: Callable[[], object]) -> Provide:
    """``provider`` wrapped for Litestar, which inspects signatures and cannot inspect a provider's."""

    def get() -> object:
        return provider()

    return Provide(get, sync_to_thread=False)
