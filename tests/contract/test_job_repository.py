"""The contract of JobRepository, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.model.jobs.job import LONGEST_PAYLOAD, Job, JobDraft, JobKind, JobState
from domain.model.jobs.retry import Failure, RetryPolicy
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON

pytestmark = pytest.mark.anyio

COUNT, OTHER = JobKind("count"), JobKind("from-a-newer-version")
BOTH = frozenset(JobState)


async def written(database: Database, *drafts: JobDraft) -> list[Job]:
    async with database.units.writing() as unit:
        jobs = [await unit.jobs.add(draft) for draft in drafts]
        await unit.commit()
    return jobs


def a_job(kind: JobKind = COUNT, payload: str = "17", minutes: float = 0) -> JobDraft:
    return JobDraft(kind=kind, payload=payload, created_at=NOON + timedelta(minutes=minutes))


async def test_a_job_is_found_as_it_was_written(database: Database) -> None:
    largest = "\u00e9" * LONGEST_PAYLOAD
    jobs = await written(database, a_job(payload=largest), a_job(payload=""))
    async with database.units.reading() as unit:
        assert [await unit.jobs.find(job.id) for job in jobs] == jobs
    assert [job.payload for job in jobs] == [largest, ""]
    assert {(job.state, job.attempts, job.due, job.created_at) for job in jobs} == {(JobState.PENDING, 0, NOON, NOON)}


@pytest.mark.parametrize(("kind", "payload"), [("k" * 33, ""), ("k", "p" * (LONGEST_PAYLOAD + 1)), ("k", "a\0b")])
def test_a_job_that_no_database_can_store_is_refused(kind: str, payload: str) -> None:
    with pytest.raises(ValueError, match="no job"):
        a_job(JobKind(kind), payload)


async def test_a_job_is_written_with_the_change_that_causes_it_or_not_at_all(database: Database) -> None:
    async with database.units.writing() as unit:
        job = await unit.jobs.add(a_job())
    async with database.units.reading() as unit:
        assert await unit.jobs.find(job.id) is None


async def test_a_saved_job_has_its_new_state_and_a_removed_one_stays_removed(database: Database) -> None:
    kept, gone = await written(database, a_job(), a_job())
    failed = replace(kept, attempts=5).after_failure(Failure("image-not-found"), NOON, RetryPolicy(5))
    async with database.units.writing() as unit:
        await unit.jobs.save(failed)
        await unit.jobs.remove(gone.id)
        await unit.jobs.save(gone)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.jobs.find(gone.id) is None
        assert await unit.jobs.find(kept.id) == failed
        assert not await unit.jobs.of(frozenset({COUNT})).is_any_due(NOON + timedelta(days=1)), "it has failed"
    (newer,) = await written(database, a_job())
    assert newer.id > gone.id, "no id is given twice"


async def test_jobs_are_listed_longest_due_first_and_counted(database: Database) -> None:
    second, first, other = await written(database, a_job(minutes=2), a_job(minutes=1), a_job(OTHER, minutes=3))
    failed = replace(second, state=JobState.FAILED, failure="image-not-found")
    async with database.units.writing() as unit:
        await unit.jobs.save(failed)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.jobs.list(states=BOTH, limit=10) == [first, failed, other]
        assert await unit.jobs.list(states=BOTH, limit=2) == [first, failed]
        assert await unit.jobs.list(states=frozenset({JobState.FAILED}), limit=10) == [failed]
        assert await unit.jobs.tally() == {
            (COUNT, JobState.PENDING): 1, (COUNT, JobState.FAILED): 1, (OTHER, JobState.PENDING): 1,
        }  # fmt: skip


async def test_jobs_of_a_busy_subject_are_left_alone(database: Database) -> None:
    drafts = [replace(a_job(minutes=number), subject=subject) for number, subject in enumerate(("a", "a", "b", ""))]
    first, second, third, without = await written(database, *drafts)
    later = NOON + timedelta(hours=1)
    async with database.units.writing() as unit:
        source = unit.jobs.of(frozenset({COUNT}))
        assert await source.is_any_due(later, busy=frozenset({"a"}))
        assert await source.claim(at=later, until=later, limit=1, busy=frozenset({"a"})) == [third.reference]
        assert not await source.is_any_due(NOON + timedelta(minutes=1), busy=frozenset({"a"}))
        (claimed,) = await source.claim(at=later, until=later, limit=1)
        assert (claimed, claimed.subject) == (first.reference, "a")
        assert await unit.jobs.list(states=BOTH, limit=9, kind=COUNT, subject="a") == [
            second, replace(first, attempts=1, due=later),
        ]  # fmt: skip
        assert await unit.jobs.list(states=BOTH, limit=9, kind=OTHER) == []
        assert await unit.jobs.list(states=BOTH, limit=9, subject="") == [without]


async def test_jobs_of_other_kinds_are_left_alone(database: Database) -> None:
    other, ours = await written(database, a_job(OTHER), a_job(minutes=1))
    later = NOON + timedelta(minutes=5)
    async with database.units.writing() as unit:
        source = unit.jobs.of(frozenset({COUNT}))
        assert not await source.is_any_due(NOON)
        assert not await source.claim_one(other.reference, until=later)
        assert await source.postpone(at=later, until=later, limit=10) == [ours.reference]
        assert await source.claim(at=later, until=later, limit=10) == [ours.reference]
        await source.extend(other.reference, later)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.jobs.find(other.id) == other
        assert not await unit.jobs.of(frozenset()).is_any_due(later)


async def test_jobs_are_dropped_by_kind_subject_and_payload(database: Database) -> None:
    drafts = [
        a_job(payload="100%_of 7,"),
        a_job(payload="100%_of 77,"),
        a_job(payload="100 of 7,"),
        replace(a_job(payload="100%_of 7,"), subject="s"),
        a_job(OTHER, payload="100%_of 7,"),
    ]
    jobs = await written(database, *drafts)
    failed = replace(jobs[0], state=JobState.FAILED)

    async def left() -> list[int]:
        async with database.units.reading() as unit:
            kept = {job.id for job in await unit.jobs.list(states=BOTH, limit=99)}
        return [number for number, job in enumerate(jobs) if job.id in kept]

    async with database.units.writing() as unit:
        await unit.jobs.save(failed)
        await unit.jobs.drop(COUNT, subject="s", containing="0%_of 7,")
        await unit.commit()
    assert await left() == [0, 1, 2, 4]
    async with database.units.writing() as unit:
        await unit.jobs.drop(COUNT, containing="0%_of 7,")
        await unit.commit()
    assert await left() == [1, 2, 4]
    async with database.units.writing() as unit:
        await unit.jobs.drop(OTHER)
        await unit.commit()
    assert await left() == [1, 2]
