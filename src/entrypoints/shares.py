"""One process's part of what is meant for all the processes that serve."""

import os

from msgspec.structs import replace

from entrypoints.settings import Settings


def image_workers(settings: Settings) -> int:
    """Processes that decode pictures: as set, or one for each processor, at most four, but one for each server."""
    # Pictures that share a processor are done no sooner than one after the other.
    return settings.images.workers or max(min(4, os.cpu_count() or 1), settings.http.workers)


def share_of(settings: Settings) -> Settings:
    """The settings of one of ``http.workers`` processes: together they take no more than one alone would."""
    http, images, auth = settings.http, settings.images, settings.auth

    def part(whole: int) -> int:
        return -(-whole // http.workers)

    return replace(
        settings,
        http=replace(http, uploads=part(http.uploads)),
        images=replace(images, workers=image_workers(settings) // http.workers, waiting=part(images.waiting)),
        auth=replace(
            auth,
            failures_per_name=part(auth.failures_per_name),
            failures_per_address=part(auth.failures_per_address),
        ),
    )
