"""Time and chance."""

from functools import cached_property

from adapters.system.clock import SystemClock
from adapters.system.random_values import SystemRandomValues
from domain.ports.system import Clock, RandomValues


class SystemParts:
    @cached_property
    def clock(self) -> Clock:
        return SystemClock()

    @cached_property
    def random_values(self) -> RandomValues:
        return SystemRandomValues()
