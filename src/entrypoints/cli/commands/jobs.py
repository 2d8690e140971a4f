"""``calotype jobs``: background jobs that are still to be done, and those that failed.

Variants are listed one by one; the pending ones of an image are one job.

Use cases: jobs/retry_jobs, jobs/tally_jobs, variants/retry_variants, variants/tally_variants.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import rich_click as click
from msgspec import Struct

from domain.model.images.naming import ImageId
from domain.model.images.refining import REFINE_IMAGE, image_to_refine
from domain.model.images.variant import MAKE_VARIANTS, VariantState
from domain.model.jobs.job import Job, JobKind, JobReference, JobState
from domain.ports.database.job_sources import UnfinishedVariant
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_facts, print_json, print_table, short_moment
from entrypoints.cli.refusals import about
from entrypoints.schemas import moment

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


class JobObject(Struct, frozen=True):
    """A job that is pending or failed. ``attempts`` counts the tries begun, ``failure`` is the last one's error code.

    ``id`` is the image's where the job makes a variant; ``name`` and ``variant`` are null for other kinds, and so is
    ``image`` unless the job packs an image.
    ``subject`` is what the job waits for its turn with, such as "webhook 3".
    """

    kind: str
    id: int
    image: int | None
    name: str | None
    variant: str | None
    subject: str | None
    state: str
    attempts: int
    due: str
    failure: str | None


@click.group()
def jobs() -> None:
    """List, count and retry background jobs."""


@jobs.command("list")
@click.option("--failed", is_flag=True, help="Only failed jobs.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Maximum number of jobs.")
@json_option
@pass_command
def list_(command: CommandContext, failed: bool, limit: int, as_json: bool) -> None:
    """List jobs that are pending or failed, those due for longest first."""
    variant_states = {VariantState.FAILED} if failed else {VariantState.FAILED, VariantState.PENDING}
    job_states = {JobState.FAILED} if failed else set(JobState)

    async def work(app: Application) -> list[UnfinishedVariant | Job]:
        variants = await app.variants.list_unfinished_variants(frozenset(variant_states), limit)
        others = await app.jobs.list_jobs(frozenset(job_states), limit)
        both: list[UnfinishedVariant | Job] = [*variants, *others]
        return sorted(both, key=_due)[:limit]

    found = command.run(work)
    objects = [_variant_object(each) if isinstance(each, UnfinishedVariant) else _job_object(each) for each in found]
    if as_json:
        print_json(objects)
        return
    print_table(
        ("KIND", "ID", "NAME", "VARIANT", "STATE", "TRIES", "DUE", "FAILURE"),
        [
            (
                each.kind,
                str(each.id),
                each.name or each.subject or ("" if each.image is None else f"image {each.image}"),
                each.variant or "",
                each.state,
                str(each.attempts),
                short_moment(_due(job)),
                each.failure or "",
            )
            for each, job in zip(objects, found, strict=True)
        ],
    )


@jobs.command()
@click.argument("id", type=click.IntRange(1), required=False, metavar="[ID]")
@click.option("--kind", default=MAKE_VARIANTS, show_default=True, help="Kind of the job with this ID.")
@click.option("--all", "everything", is_flag=True, help="All failed jobs of every kind.")
@pass_command
def retry(command: CommandContext, id: int | None, kind: str, everything: bool) -> None:
    """Retry failed jobs at once: the variants of the image with this ID, another job, or all."""
    if (id is None) != everything:
        raise click.UsageError("Give the ID of one job, or --all.")

    async def work(app: Application) -> tuple[int, int]:
        """How many variants and how many other jobs will be tried again."""
        if id is None:
            return await app.variants.retry_variants(), await app.jobs.retry_jobs()
        if kind == MAKE_VARIANTS:
            with about(f"image {id}"):
                return await app.variants.retry_variants(ImageId(id)), 0
        kinds = {each for lane in app.lanes for each in lane.handlers} | {
            each for each, _ in await app.jobs.tally_jobs()
        }
        if kind not in kinds:
            raise click.UsageError(f"There are no jobs of the kind '{kind}'. Choose from: {', '.join(sorted(kinds))}.")
        return 0, await app.jobs.retry_jobs(JobReference(JobKind(kind), id))

    variants, others = command.run(work)
    if everything or kind == MAKE_VARIANTS:
        click.echo(f"{variants} variants will be tried again")
    if others or kind != MAKE_VARIANTS:
        click.echo(f"{others} other jobs will be tried again")


@jobs.command()
@json_option
@pass_command
def stats(command: CommandContext, as_json: bool) -> None:
    """Count variants by state, and jobs of other kinds by kind and state."""

    async def work(app: Application) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        tally = await app.variants.tally_variants()
        others: dict[str, dict[str, int]] = {}
        for (kind, state), count in sorted((await app.jobs.tally_jobs()).items()):
            others.setdefault(kind, {each.value: 0 for each in JobState})[state.value] = count
        return {"pending": tally.pending, "ready": tally.ready, "failed": tally.failed}, others

    variants, others = command.run(work)
    if as_json:
        print_json({**variants, "others": others})
        return
    facts = list(variants.items())
    facts += [(f"{kind} {state}", count) for kind, counts in others.items() for state, count in counts.items()]
    print_facts([(name, f"{count:,}") for name, count in facts])


def _due(job: UnfinishedVariant | Job) -> datetime:
    return job.variant.due if isinstance(job, UnfinishedVariant) else job.due


def _variant_object(unfinished: UnfinishedVariant) -> JobObject:
    variant = unfinished.variant
    return JobObject(
        kind=MAKE_VARIANTS,
        id=unfinished.image,
        image=unfinished.image,
        name=unfinished.image_name,
        variant=variant.name,
        subject=None,
        state=variant.state.value,
        attempts=variant.attempts,
        due=moment(variant.due),
        failure=variant.failure,
    )


def _job_object(job: Job) -> JobObject:
    return JobObject(
        kind=job.kind,
        id=job.id,
        image=image_to_refine(job.payload) if job.kind == REFINE_IMAGE else None,
        name=None,
        variant=None,
        subject=job.subject or None,
        state=job.state.value,
        attempts=job.attempts,
        due=moment(job.due),
        failure=job.failure,
    )
