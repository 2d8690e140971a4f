"""The contract of JobSource, on every database: for the pending variants, and for the table of jobs."""

from datetime import timedelta

import pytest

from domain.model.jobs.job import JobReference
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON
from kit.fixtures.job_sources import ALL_JOBS, Jobs

pytestmark = pytest.mark.anyio


@pytest.fixture(params=ALL_JOBS)
def jobs(request: pytest.FixtureRequest) -> Jobs:
    return ALL_JOBS[request.param]


async def claim(database: Database, jobs: Jobs, *, minutes: float = 0, limit: int = 10) -> list[JobReference]:
    at = NOON + timedelta(minutes=minutes)
    async with database.units.writing() as unit:
        expected = await jobs.source(unit).is_any_due(at)
        claimed = await jobs.source(unit).claim(at=at, until=at + timedelta(minutes=1), limit=limit)
        await unit.commit()
    assert bool(claimed) == expected
    return list(claimed)


async def attempts(database: Database, jobs: Jobs, job: JobReference) -> int:
    async with database.units.reading() as unit:
        return await jobs.attempts(unit, job)


async def test_a_claimed_job_is_not_claimed_again_before_its_lease_ends(database: Database, jobs: Jobs) -> None:
    (job,) = await jobs.write(database, NOON)
    assert await claim(database, jobs) == [job]
    assert await claim(database, jobs) == []
    assert await claim(database, jobs, minutes=1) == [job]
    assert await attempts(database, jobs, job) == 2


async def test_the_longest_due_comes_first_up_to_the_limit(database: Database, jobs: Jobs) -> None:
    second, first, third, _ = await jobs.write(database, *(NOON + timedelta(minutes=each) for each in (2, 1, 3, 9)))
    assert await claim(database, jobs, minutes=5, limit=2) == [first, second]
    assert await claim(database, jobs, minutes=5, limit=2) == [third]


async def test_a_lease_can_be_extended_while_the_work_goes_on(database: Database, jobs: Jobs) -> None:
    (job,) = await jobs.write(database, NOON)
    assert await claim(database, jobs) == [job]
    async with database.units.writing() as unit:
        await jobs.source(unit).extend(job, NOON + timedelta(minutes=9))
        await unit.commit()
    assert await claim(database, jobs, minutes=5) == []
    assert await claim(database, jobs, minutes=9) == [job]


async def test_a_job_is_claimed_by_its_reference_due_or_not(database: Database, jobs: Jobs) -> None:
    job, other = await jobs.write(database, NOON, NOON)
    assert await claim(database, jobs, limit=1) == [job]
    async with database.units.writing() as unit:
        assert await jobs.source(unit).claim_one(job, until=NOON + timedelta(minutes=9))
        assert not await jobs.source(unit).claim_one(JobReference(jobs.kind, 10**6), until=NOON)
        await unit.commit()
    assert await attempts(database, jobs, job) == 2
    assert await claim(database, jobs, minutes=5) == [other]


async def test_a_postponed_job_is_due_later_and_keeps_its_attempts(database: Database, jobs: Jobs) -> None:
    first, second, third = await jobs.write(database, NOON, NOON, NOON)
    async with database.units.writing() as unit:
        postponed = await jobs.source(unit).postpone(at=NOON, until=NOON + timedelta(minutes=1), limit=2)
        await unit.commit()
    assert postponed == [first, second]
    assert await claim(database, jobs) == [third]
    assert await attempts(database, jobs, first) == 0


async def test_a_finished_job_is_neither_claimed_nor_kept(database: Database, jobs: Jobs) -> None:
    (job,) = await jobs.write(database, NOON)
    assert await claim(database, jobs) == [job]
    async with database.units.writing() as unit:
        await jobs.finish(unit, job)
        await jobs.source(unit).extend(job, NOON)
        assert not await jobs.source(unit).claim_one(job, until=NOON)
        await unit.commit()
    assert await claim(database, jobs, minutes=5) == []


async def test_a_rolled_back_job_was_never_written_or_claimed(database: Database, jobs: Jobs) -> None:
    (job,) = await jobs.write(database, NOON)
    async with database.units.writing() as unit:
        assert await jobs.source(unit).claim(at=NOON, until=NOON + timedelta(minutes=9), limit=1) == [job]
    assert await claim(database, jobs) == [job]
    assert await attempts(database, jobs, job) == 1


async def test_jobs_that_a_wrong_clock_put_off_are_recalled_and_others_are_not(database: Database, jobs: Jobs) -> None:
    fresh, tried = NOON + timedelta(minutes=1), NOON + timedelta(hours=1)
    soon, late, leased, far = await jobs.write(database, *(NOON + timedelta(minutes=each) for each in (1, 2, 0, 0)))
    async with database.units.writing() as unit:
        await jobs.source(unit).claim_one(leased, until=tried)
        await jobs.source(unit).claim_one(far, until=tried + timedelta(minutes=1))
        await unit.commit()
    async with database.units.writing() as unit:
        assert await jobs.source(unit).recall(at=NOON, fresh=fresh, tried=tried) == 2
        await unit.commit()
    assert set(await claim(database, jobs)) == {late, far}
    assert soon in await claim(database, jobs, minutes=1.5)
    assert leased in await claim(database, jobs, minutes=60)
