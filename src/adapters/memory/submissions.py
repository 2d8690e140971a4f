"""Submissions in a dictionary."""

from datetime import datetime

from adapters.memory.state import MemoryState
from domain.errors import SubmissionKeyTaken
from domain.model.access.user import UserId
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

    async def expire(self, *, before: datetime) -> None:
        late = [place for place, submission in self._state.submissions.items() if submission.at < before]
        for place in late:
            del self._state.submissions[place]
