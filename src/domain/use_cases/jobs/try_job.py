"""One try at a job, of whatever kind."""

from collections.abc import Awaitable, Callable

from domain.errors import CalotypeError, Exhausted, Unavailable
from domain.model.jobs.retry import Failure, RetryPolicy

WORKER_DIED = Failure("worker-died")


async def failure_of(work: Callable[[], Awaitable[None]], attempts: int, retries: RetryPolicy) -> Failure | None:
    """Do ``work`` as try number ``attempts``, and return how it failed, or None if it did not.

    If more tries were begun than ``retries`` allows, the last ones ended without recording a failure, because their
    process died. The work is not begun then, since it is likely to be the cause.
    """
    if attempts > retries.attempts:
        return WORKER_DIED
    try:
        await work()
    except CalotypeError as error:
        return Failure(error.code, is_counted=not isinstance(error, Exhausted | Unavailable))
    return None
