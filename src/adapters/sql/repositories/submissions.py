"""Submissions in a table."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from adapters.sql.schema.faults import faults
from adapters.sql.schema.rows import SUBMISSION_COLUMNS, micros, submission_from, submission_values
from adapters.sql.schema.tables import submissions
from adapters.sql.transactions.connection import PatientConnection
from domain.errors import SubmissionKeyTaken
from domain.model.access.user import UserId
from domain.model.images.submission import Submission, SubmissionKey
from domain.ports.database.repositories import SubmissionRepository


class SqlSubmissionRepository(SubmissionRepository):
    def __init__(self, connection: PatientConnection) -> None:
        self._connection = connection

    async def add(self, owner: UserId, submission: Submission) -> None:
        row = {"owner_id": owner, **submission_values(submission)}
        with faults(pk_submissions=SubmissionKeyTaken):
            await self._connection.execute(insert(submissions).values(row))

    async def find(self, owner: UserId, key: SubmissionKey) -> Submission | None:
        query = select(*SUBMISSION_COLUMNS).where(submissions.c.owner_id == owner, submissions.c.key == key)
        with faults():
            row = (await self._connection.execute(query)).one_or_none()
        return submission_from(row) if row else None

    async def expire(self, *, before: datetime) -> None:
        with faults():
            await self._connection.execute(delete(submissions).where(submissions.c.at < micros(before)))
