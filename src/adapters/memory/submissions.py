"""Submissions in a dictionary."""

from collections.abc import Callable
from datetime import datetime

from adapters.memory.state import MemoryState
from domain.errors import SubmissionKeyTaken
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.images.submission import Submission, SubmissionKey
from domain.ports.database.repositories import SubmissionRepository


class MemorySubmissionRepository(SubmissionRepository):
    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def add(self, user: UserId, submission: Submission) -> None:
        if (user, submission.key) in self._state.submissions:
            raise SubmissionKeyTaken
        self._state.submissions[user, submission.key] = submission

    async def find(self, user: UserId, key: SubmissionKey) -> Submission | None:
        return self._state.submissions.get((user, key))

    async def forget(self, image: ImageId) -> None:
        self._remove(lambda submission: submission.image == image)

    async def expire(self, *, before: datetime) -> None:
        self._remove(lambda submission: submission.at < before)

    def _remove(self, is_meant: Callable[[Submission], bool]) -> None:
        meant = [place for place, submission in self._state.submissions.items() if is_meant(submission)]
        for place in meant:
            del self._state.submissions[place]
