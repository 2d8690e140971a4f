"""Find out whether the parts that Calotype needs answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.errors import CalotypeError

Probe = Callable[[], Awaitable[None]]
"""Returns if the part answers and raises if it does not, within a deadline of its own."""


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Ask every part. The result names those that fail, each with the code of its error."""

    probes: Mapping[str, Probe]

    async def __call__(self) -> Mapping[str, str]:
        failing = {}
        for part, probe in self.probes.items():
            try:
                await probe()
            except CalotypeError as error:
                failing[part] = error.code
        return failing
