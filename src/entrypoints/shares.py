"""Limits that are set for the whole instance, divided among its server processes."""

import os

from msgspec.structs import replace

from entrypoints.settings import Settings

MOST_IMAGE_WORKERS = 4
"""Unless ``images.workers`` or ``http.workers`` asks for more."""
LEAST_IMAGE_WORKERS = 2
"""In each server process, unless ``images.workers`` says otherwise."""
SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of the Prometheus library: the folder in which processes share their figures.

It must be set before the library is imported.
"""


def image_workers(settings: Settings) -> int:
    """The number of image workers of the instance: ``images.workers``, or its default for this machine."""
    # More workers than processors would finish no image sooner. With one, small images would wait for large ones.
    fitting = min(MOST_IMAGE_WORKERS, os.cpu_count() or 1)
    return settings.images.workers or max(fitting, LEAST_IMAGE_WORKERS * settings.http.workers)


def share_of(settings: Settings) -> Settings:
    """The settings of one of ``http.workers`` server processes: its share of image workers and connections."""
    number, http = settings.http.workers, settings.http
    return replace(
        settings,
        http=replace(http, connections_per_address=max(1, http.connections_per_address // number)),
        images=replace(settings.images, workers=image_workers(settings) // number),
    )
