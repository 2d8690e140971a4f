"""One process's part of what is meant for all the processes that serve."""

import os

from msgspec.structs import replace

from entrypoints.settings import Settings

SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the Prometheus library is told, before it is imported, in which folder processes add up."""


def image_workers(settings: Settings) -> int:
    """Processes that decode pictures: as set, or one for each processor, at most four, but one for each server."""
    # Pictures that share a processor are done no sooner than one after the other.
    return settings.images.workers or max(min(4, os.cpu_count() or 1), settings.http.workers)


def share_of(settings: Settings) -> Settings:
    """The settings of one of ``http.workers`` processes: what images and log-ins may take is divided among them."""
    number, auth = settings.http.workers, settings.auth
    return replace(
        settings,
        images=replace(settings.images, workers=image_workers(settings) // number),
        auth=replace(
            auth,
            failures_per_name=max(1, auth.failures_per_name // number),
            failures_per_address=max(1, auth.failures_per_address // number),
        ),
    )
