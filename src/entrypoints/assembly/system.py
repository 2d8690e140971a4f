"""Clock, random values and concurrency."""

from functools import cached_property

from adapters.shared.meter import Meter
from adapters.system.clock import SystemClock
from adapters.system.concurrency import AsyncioConcurrency, AsyncioPauses
from adapters.system.random_values import SystemRandomValues
from domain.ports.concurrency import Concurrency, Pauses
from domain.ports.system import Clock, RandomValues


class SystemParts:
    @cached_property
    def clock(self) -> Clock:
        return SystemClock()

    @cached_property
    def random_values(self) -> RandomValues:
        return SystemRandomValues()

    @cached_property
    def concurrency(self) -> Concurrency:
        return AsyncioConcurrency()

    @cached_property
    def meter(self) -> Meter:
        """To it, the parts tell their figures; who serves them is their receiver."""
        return Meter()

    @cached_property
    def pauses(self) -> Pauses:
        return AsyncioPauses()
