"""``calotype jobs``: the variants that are still to be made, and those that could not be."""

import rich_click as click
from msgspec import Struct

from domain.model.images.naming import ImageId
from domain.model.images.variant import VariantState
from domain.ports.job_sources import UnfinishedVariant
from entrypoints.assembly.application import Application
from entrypoints.cli.command_context import CommandContext, json_option, pass_command
from entrypoints.cli.printing import print_facts, print_json, print_table, short_moment
from entrypoints.schemas import moment


class JobObject(Struct, frozen=True):
    """A variant that is pending or failed. ``attempts`` counts the tries begun, ``failure`` is the last one's code."""

    image: int
    name: str
    variant: str
    state: str
    attempts: int
    due: str
    failure: str | None


@click.group()
def jobs() -> None:
    """Look after the background work: each variant that is not made yet is a job."""


@jobs.command("list")
@click.option("--failed", is_flag=True, help="Only what failed for good.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Jobs at the most.")
@json_option
@pass_command
def list_(command: CommandContext, failed: bool, limit: int, as_json: bool) -> None:
    """List variants that are pending or failed, longest due first."""
    states = {VariantState.FAILED} if failed else {VariantState.FAILED, VariantState.PENDING}

    async def work(app: Application) -> list[UnfinishedVariant]:
        return list(await app.variants.list_unfinished_variants(frozenset(states), limit))

    found = command.run(work)
    if as_json:
        print_json([_object(each) for each in found])
        return
    print_table(
        ("IMAGE", "NAME", "VARIANT", "STATE", "TRIES", "DUE", "FAILURE"),
        [
            (
                str(each.image),
                each.image_name,
                each.variant.name,
                each.variant.state.value,
                str(each.variant.attempts),
                short_moment(each.variant.due),
                each.variant.failure or "",
            )
            for each in found
        ],
    )


@jobs.command()
@click.argument("image", type=click.IntRange(1), required=False, metavar="[ID]")
@click.option("--all", "everything", is_flag=True, help="The failed variants of every picture.")
@pass_command
def retry(command: CommandContext, image: int | None, everything: bool) -> None:
    """Have the failed variants of a picture, or of all, tried again at once."""
    if (image is None) != everything:
        raise click.UsageError("Name one picture by its ID, or say --all.")

    async def work(app: Application) -> int:
        return await app.variants.retry_variants(None if image is None else ImageId(image))

    click.echo(f"{command.run(work)} variants will be tried again")


@jobs.command()
@json_option
@pass_command
def stats(command: CommandContext, as_json: bool) -> None:
    """Count variants by their state."""

    async def work(app: Application) -> dict[str, int]:
        tally = await app.variants.tally_variants()
        return {"pending": tally.pending, "ready": tally.ready, "failed": tally.failed}

    found = command.run(work)
    if as_json:
        print_json(found)
    else:
        print_facts([(state, f"{count:,}") for state, count in found.items()])


def _object(job: UnfinishedVariant) -> JobObject:
    variant = job.variant
    return JobObject(
        image=job.image,
        name=job.image_name,
        variant=variant.name,
        state=variant.state.value,
        attempts=variant.attempts,
        due=moment(variant.due),
        failure=variant.failure,
    )
