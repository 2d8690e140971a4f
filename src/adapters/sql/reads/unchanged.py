"""Answers that are kept for as long as nobody has committed."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from adapters.sql.reads.drivers import Driver

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

REMEMBERED = 8192  # answers


class WhileUnchanged(Generic[Question, Answer]):
    """What was asked last, and what the answers were, as long as ``driver`` can tell that they still are.

    Nothing is trusted for a time: the database is asked before each answer whether anything was committed, by this
    process or another, and then everything is forgotten.
    """

    def __init__(self, driver: Driver, is_kept: Callable[[Answer], bool]) -> None:
        """``is_kept``: which answers are worth it. Those to strangers are not: they could ask for anything, at any length."""
        self._driver = driver
        self._is_kept = is_kept
        self._state: int | None = None
        self._answers: OrderedDict[Question, Answer] = OrderedDict()

    async def answer(self, question: Question, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to ``question``, by ``ask`` if it has to be found out."""
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
            if len(self._answers) >= REMEMBERED:
                self._answers.popitem(last=False)
            self._answers[question] = found
        return found
