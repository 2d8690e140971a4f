"""The filters of the HTTP interface's list as options of commands."""

from collections.abc import Callable
from typing import Any

import rich_click as click

from domain.model.images.details import normal_tag
from domain.model.images.image_filter import ImageFilter
from domain.model.pixels.media import ImageFormat
from entrypoints.cli.arguments.times import Moment

BOUND = click.IntRange(0)
OPTIONS = (
    click.option("--type", type=click.Choice([each.value for each in ImageFormat]), help="Only images of this format."),
    click.option("--search", help="Only images with this text in their name."),
    click.option("--tag", help="Only images with this tag."),
    click.option("--public/--private", default=None, help="Only images that are public, or that are not."),
    click.option("--created-after", type=Moment(), help="Only images stored at this time or later: 2027-01-31."),
    click.option("--created-before", type=Moment(), help="Only images stored before this time."),
    click.option("--min-width", type=BOUND, help="Least width, in pixels."),
    click.option("--max-width", type=BOUND, help="Greatest width, in pixels."),
    click.option("--min-height", type=BOUND, help="Least height, in pixels."),
    click.option("--max-height", type=BOUND, help="Greatest height, in pixels."),
    click.option("--min-size", type=BOUND, help="Least size, in bytes."),
    click.option("--max-size", type=BOUND, help="Greatest size, in bytes."),
)


def filtered(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; ``filter_of`` takes what they were set to."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def filter_of(*, type: str | None, tag: str | None, **conditions: Any) -> ImageFilter:
    """The filter that the options state.

    Raises:
        InvalidValue: the tag cannot be one.
    """
    return ImageFilter(
        type=None if type is None else ImageFormat(type), tag=None if tag is None else normal_tag(tag), **conditions
    )
