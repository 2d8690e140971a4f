"""``calotype images edit``, ``rename`` and ``tag``: what is said about an image."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import rich_click as click

from domain.model.images.details import NO_CHANGE, UNCHANGED, DetailsChange, normal_tag
from entrypoints.cli.arguments.times import Expiry
from entrypoints.cli.command_context import json_option
from entrypoints.cli.image_backends.target import Target, on_images
from entrypoints.cli.image_reports import print_image, reference_argument
from entrypoints.cli.printing import print_json
from entrypoints.cli.refusals import Refusals, about
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.cli.image_backends.image_backend import Images


@click.command()
@reference_argument
@click.option("--name", help="New name; it gets the extension of the image's format.")
@click.option("--alt", help='Text for people who cannot see the image; "" = none.')
@click.option("--tag", "tags", multiple=True, help="Tag; repeat for several. They replace all earlier ones.")
@click.option("--no-tags", is_flag=True, help="Remove all tags.")
@click.option("--public/--private", default=None, help="Whether the image is public.")
@click.option("--expires", type=Expiry(), help="When the image is deleted: 2027-01-31, or 12h, 30d, 8w from now.")
@click.option("--never-expires", is_flag=True, help="Keep the image until it is deleted.")
@json_option
@on_images
def edit(
    target: Target,
    reference: str,
    name: str | None,
    alt: str | None,
    tags: tuple[str, ...],
    no_tags: bool,
    public: bool | None,
    expires: datetime | None,
    never_expires: bool,
    as_json: bool,
) -> None:
    """Change what is said about an image. Its bytes stay, and so does what is not stated."""
    if tags and no_tags:
        raise click.UsageError("--tag and --no-tags exclude each other.")
    if expires and never_expires:
        raise click.UsageError("--expires and --never-expires exclude each other.")
    change = DetailsChange(
        alt=alt,
        tags=tags if tags or no_tags else None,
        public=public,
        expires_at=expires if expires or never_expires else UNCHANGED,
    )
    if change == NO_CHANGE and name is None:
        raise click.UsageError("Give what to change.")

    _change(target, reference, change, name, as_json=as_json)


@click.command()
@reference_argument
@click.argument("name")
@json_option
@on_images
def rename(target: Target, reference: str, name: str, as_json: bool) -> None:
    """Give an image another name. It gets the extension of the image's format."""
    _change(target, reference, NO_CHANGE, name, as_json=as_json)


@click.command()
@click.argument("tag")
@click.argument("references", nargs=-1, required=True, metavar="ID|NAME...")
@click.option("--remove", is_flag=True, help="Remove the tag instead.")
@click.pass_context
@on_images
def tag(target: Target, context: click.Context, tag: str, references: tuple[str, ...], remove: bool) -> None:
    """Give images one more tag, or remove it. Their other tags stay."""
    meant = normal_tag(tag)
    refusals = Refusals()

    async def work(images: Images) -> None:
        for reference in references:
            with refusals.about(target.image(reference)):
                tags = {*(await images.show(reference)).tags} - {meant}
                await images.change(reference, DetailsChange(tags=sorted(tags if remove else {*tags, meant})), None)
                click.echo(f"{'untagged' if remove else 'tagged'} {reference}")

    target.run(work)
    context.exit(refusals.status)


def _change(target: Target, reference: str, change: DetailsChange, name: str | None, *, as_json: bool) -> None:
    async def work(images: Images) -> ImageObject:
        with about(target.image(reference)):
            return await images.change(reference, change, name)

    changed = target.run(work)
    if as_json:
        print_json(changed)
    else:
        print_image(changed)
