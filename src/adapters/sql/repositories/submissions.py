"""Submissions in a table."""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from adapters.sql.schema.faults import faults
from adapters.sql.schema.moments import micros
from adapters.sql.schema.rows import SUBMISSION_COLUMNS, submission_from, submission_values
from adapters.sql.schema.tables import submissions
from adapters.sql.transactions.connection import Connection
from domain.errors import SubmissionKeyTaken
from domain.model.access.user import UserId
from domain.model.images.naming import ImageId
from domain.model.images.submission import Submission, SubmissionKey
from domain.ports.database.repositories import SubmissionRepository

ADD = insert(submissions)
FIND = select(*SUBMISSION_COLUMNS).where(
    submissions.c.owner_id == bindparam("user"), submissions.c.key == bindparam("key")
)
EXPIRE = delete(submissions).where(submissions.c.at < bindparam("before"))


class SqlSubmissionRepository(SubmissionRepository):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, user: UserId, submission: Submission) -> None:
        row = {"owner_id": user, **submission_values(submission)}
        with faults(pk_submissions=SubmissionKeyTaken):
            await self._connection.execute_by_key(ADD, row)

    async def find(self, user: UserId, key: SubmissionKey) -> Submission | None:
        rows = (await self._connection.execute_by_key(FIND, {"user": user, "key": key})).rows
        return submission_from(rows[0]) if rows else None

    async def forget(self, image: ImageId) -> None:
        await self._connection.execute(delete(submissions).where(submissions.c.image_id == image))

    async def expire(self, *, before: datetime) -> None:
        await self._connection.execute(EXPIRE, {"before": micros(before)})
