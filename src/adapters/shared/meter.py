"""Figures of what adapters do, passed on to whoever collects them."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol


class Receiver(Protocol):
    """Collects figures. Its methods cost microseconds, and raise nothing. All texts are from small fixed sets."""

    def took(self, part: str, step: str, seconds: float) -> None:
        """A step of a part took so long, whether it failed or not."""
        ...

    def failed(self, part: str, step: str, reason: str) -> None:
        """A step of a part failed. ``reason`` is an error code."""
        ...

    def worker_ended(self, reason: str) -> None:
        """An image worker ended that should not have."""
        ...

    def waiting(self, more: int) -> None:
        """So many more images wait for an image worker."""
        ...


class Meter:
    """Passes figures on to ``receiver``; without one, nothing is measured."""

    def __init__(self) -> None:
        self.receiver: Receiver | None = None

    @contextmanager
    def timing(self, part: str, step: str, failures: type[Exception]) -> Iterator[None]:
        """Measure the block, and count it as failed if it raises one of ``failures``."""
        receiver = self.receiver
        if receiver is None:
            yield
            return
        began = perf_counter()
        try:
            yield
        except failures as error:
            receiver.failed(part, step, str(getattr(error, "code", type(error).__name__)))
            raise
        finally:
            receiver.took(part, step, perf_counter() - began)

    def took(self, part: str, step: str, seconds: float) -> None:
        if self.receiver is not None:
            self.receiver.took(part, step, seconds)

    def worker_ended(self, reason: str) -> None:
        if self.receiver is not None:
            self.receiver.worker_ended(reason)

    def waiting(self, more: int) -> None:
        if self.receiver is not None:
            self.receiver.waiting(more)
