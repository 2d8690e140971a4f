"""``calotype images edit``: what is said about an image.

Use cases: images/change_details.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import rich_click as click

from domain.model.images.details import NO_CHANGE, UNCHANGED, DetailsChange
from domain.model.images.naming import ImageReference
from entrypoints.cli.arguments.times import Expiry
from entrypoints.cli.command_context import CommandContext, acting_for, json_option, pass_command, user_option
from entrypoints.cli.image_reports import described, image_of, print_image, reference_argument
from entrypoints.cli.printing import print_json
from entrypoints.cli.refusals import about
from entrypoints.schemas import ImageObject

if TYPE_CHECKING:
    from entrypoints.assembly.application import Application


@click.command()
@reference_argument
@click.option("--name", help="New name; it gets the extension of the image's format.")
@click.option("--alt", help='Text for people who cannot see the image; "" = none.')
@click.option("--tag", "tags", multiple=True, help="Tag; repeat for several. They replace all earlier ones.")
@click.option("--no-tags", is_flag=True, help="Remove all tags.")
@click.option("--public/--private", default=None, help="Whether the image is public.")
@click.option("--expires", type=Expiry(), help="When the image is deleted: 2027-01-31, or 12h, 30d, 8w from now.")
@click.option("--never-expires", is_flag=True, help="Keep the image until it is deleted.")
@user_option
@json_option
@pass_command
def edit(
    command: CommandContext,
    reference: str,
    name: str | None,
    alt: str | None,
    tags: tuple[str, ...],
    no_tags: bool,
    public: bool | None,
    expires: datetime | None,
    never_expires: bool,
    username: str,
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

    async def work(app: Application) -> ImageObject:
        principal = await acting_for(app, username)
        with about(image_of(username, reference)):
            changed = await app.images.change_details(principal, ImageReference.parse(reference), change, name)
        return described(app, changed)

    changed = command.run(work, staging=True)
    if as_json:
        print_json(changed)
    else:
        print_image(changed)
