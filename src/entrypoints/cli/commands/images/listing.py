"""``calotype images list``: with the filters and orders of the HTTP interface."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from domain.model.images.page import Ordering
from entrypoints.cli.arguments.image_filters import filter_of, filtered
from entrypoints.cli.command_context import json_option
from entrypoints.cli.image_backends.image_backend import ListRequest
from entrypoints.cli.image_backends.target import Target, on_images
from entrypoints.cli.printing import print_json, print_table, readable_size, short_moment
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.cli.image_backends.image_backend import Images


@click.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Maximum number of images.")
@click.option("--all", "everything", is_flag=True, help="List all images.")
@click.option(
    "--order",
    type=click.Choice([each.value for each in Ordering]),
    default=Ordering.NEWEST.value,
    show_default=True,
    help="Order; with - before it, backwards.",
)
@filtered
@json_option
@on_images
def list_(
    target: Target,
    limit: int,
    everything: bool,
    order: str,
    as_json: bool,
    **conditions: Any,
) -> None:
    """List a user's images, newest first."""
    asked = ListRequest(filter_of(**conditions), Ordering(order), None if everything else limit)

    async def work(images: Images) -> tuple[list[ImageObject], int]:
        found: list[ImageObject] = []
        count = 0
        async for part in images.list(asked):
            found += part.images
            count = part.count
        return found, count

    found, count = target.run(work)
    if as_json:
        print_json(found)
        return
    print_table(
        ("ID", "NAME", "SIZE", "PIXELS", "STORED", "VARIANTS"),
        [
            (
                str(each.id),
                each.name,
                readable_size(each.size),
                f"{each.width} x {each.height}",
                short_moment(datetime.fromisoformat(each.created_at)),
                ", ".join(f"{name} {variant.state}" for name, variant in each.variants.items()),
            )
            for each in found
        ],
    )
    if len(found) < count:
        click.echo(f"{len(found)} of {count}; --all lists all.", err=True)
