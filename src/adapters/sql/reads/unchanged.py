"""A cache that is valid until any process commits."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from adapters.shared.bounded_cache import BoundedCache
from adapters.sql.reads.drivers import Driver

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

REMEMBERED = 8192  # answers


class WhileUnchanged(Generic[Question, Answer]):
    """The results of the last reads, as long as nothing has been committed.

    Before each use ``driver`` is asked whether any process has committed. If so, or if it cannot tell, nothing cached
    is used.
    """

    def __init__(self, driver: Driver, is_kept: Callable[[Answer], bool]) -> None:
        """``is_kept``: which results are cached; not those for clients without a key, who could fill the cache."""
        self._driver = driver
        self._is_kept = is_kept
        self._state: int | None = None
        self._answers: BoundedCache[Question, Answer] = BoundedCache(REMEMBERED)

    async def answer(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The result for ``question``: the cached one, or that of ``ask``."""
        state = self._driver.state()
        if state != self._state:
            self._state = state
            self._answers.clear()
        elif question in self._answers:
            return self._answers[question]
        found = await ask()
        if (
            state is not None and state == self._state and self._is_kept(found)
        ):  # otherwise the result may be older than the last commit
            self._answers[question] = found
        return found
