"""The job that packs an image better that was packed fast while its client waited."""

from datetime import datetime

from domain.model.images.naming import ImageId
from domain.model.jobs.job import JobDraft, JobKind

REFINE_IMAGE = JobKind("refine-image")


def refining_job(image: ImageId, at: datetime) -> JobDraft:
    """The job for an image. Its payload is the image's id."""
    return JobDraft(kind=REFINE_IMAGE, payload=str(image), created_at=at)


def image_to_refine(payload: str) -> ImageId:
    """The image that a job with this payload is about."""
    return ImageId(int(payload))
