"""The jobs that make a cache in front of the service forget public images."""

from collections.abc import Sequence
from datetime import datetime

from domain.model.images.image import Image
from domain.model.images.public_paths import public_path
from domain.model.jobs.job import JobDraft, JobKind

PURGE_CACHE = JobKind("purge-cache")
PATHS_IN_A_JOB = 50  # of at most 62 characters each


def purging_jobs(old: Image, new: Image | None, at: datetime) -> Sequence[JobDraft]:
    """The jobs that are needed because ``old`` became ``new``, or was removed if that is None.

    They are about the paths at which caches may hold what nobody is to see there any more.
    """
    paths = [] if new is not None and _is_shown_alike(old, new) else _public_paths(old)
    return [
        JobDraft(kind=PURGE_CACHE, payload="\n".join(paths[start : start + PATHS_IN_A_JOB]), created_at=at)
        for start in range(0, len(paths), PATHS_IN_A_JOB)
    ]


def paths_to_purge(payload: str) -> Sequence[str]:
    """The paths that a job with this payload is about."""
    return payload.split("\n")


def _is_shown_alike(old: Image, new: Image) -> bool:
    return old.details.slug == new.details.slug and old.original.key == new.original.key


def _public_paths(image: Image) -> Sequence[str]:
    paths = [public_path(image, variant) for variant in (None, *(each.name for each in image.variants))]
    return [path for path in paths if path is not None]
