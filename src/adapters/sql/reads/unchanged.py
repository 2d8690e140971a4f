"""A cache of answers that are kept until somebody commits."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from adapters.shared.bounded_cache import BoundedCache
from adapters.sql.reads.drivers import Driver

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

REMEMBERED = 8192  # answers


class WhileUnchanged(Generic[Question, Answer]):
    """The last questions and their answers, as long as ``driver`` can tell that nothing has changed.

    No answer is trusted for a while: before each one the driver is asked whether any process has committed, and if so,
    everything is forgotten.
    """

    def __init__(self, driver: Driver, is_kept: Callable[[Answer], bool]) -> None:
        """``is_kept``: which answers are kept. Those to clients without a key are not, since they could fill the cache."""
        self._driver = driver
        self._is_kept = is_kept
        self._state: int | None = None
        self._answers: BoundedCache[Question, Answer] = BoundedCache(REMEMBERED)

    async def answer(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to ``question``: the kept one, or what ``ask`` returns."""
        state = self._driver.state()
        if state != self._state:
            self._state = state
            self._answers.clear()
        elif question in self._answers:
            return self._answers[question]
        found = await ask()
        if (
            state is not None and state == self._state and self._is_kept(found)
        ):  # or what was just read may be older than what is known now
            self._answers[question] = found
        return found
