"""Events of images: written with the change that causes them, and delivered to webhooks."""

import json
from typing import Any

import pytest

from domain.errors import UndecodableImage
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.jobs.job import Job, JobState
from domain.model.pixels.media import ImageFormat
from domain.model.webhooks.event import EventType
from domain.use_cases.webhooks.webhooks import RemoveWebhook
from kit.fixtures.application import Application
from kit.fixtures.failing_codec import FailingCodec
from kit.fixtures.webhooks import HOOK, Webhooks
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

SAMPLE, OTHER = sample_image(seed=1, height=400), sample_image(seed=2, height=400)
TINY = sample_image(ImageFormat.JPEG, 8, 8)


@pytest.fixture
async def webhooks(application: Application) -> Webhooks:
    return await Webhooks.of(application)


def described(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(each["type"], *(each["data"].get(name) for name in ("id", "version", "variant"))) for each in events]


async def test_every_change_of_an_image_is_told_in_its_new_state(application: Application, webhooks: Webhooks) -> None:
    image = await application.store(SAMPLE)
    await application.make_pending()
    replaced = await application.replace(ImageReference(id=image.id), OTHER, "b.png")
    await application.delete(replaced)
    events = await webhooks.delivered()
    assert described(events) == [
        ("image.stored", image.id, 1, None),
        ("variant.ready", image.id, 2, "medium"),
        ("variant.ready", image.id, 2, "small"),
        ("image.replaced", image.id, 3, None),
        ("image.deleted", image.id, 3, None),
    ]
    assert [each["data"]["name"] for each in events] == [image.name] * 3 + ["b.png"] * 2
    assert events[0]["data"] == {
        "id": image.id, "name": "sample.png", "user": 1, "version": 1, "sha256": image.original.facts.digest,
    }  # fmt: skip
    assert events[-1]["data"]["sha256"] == replaced.original.facts.digest
    assert events[0]["timestamp"] == "2026-05-18T12:00:00.123456Z"


async def test_a_variant_that_the_original_serves_as_is_ready_at_once(
    application: Application, webhooks: Webhooks
) -> None:
    image = await application.store(TINY, "tiny.jpg")
    assert sorted(described(await webhooks.delivered())) == [
        ("image.stored", image.id, 1, None), ("variant.ready", image.id, 1, "medium"), ("variant.ready", image.id, 1, "small"),
    ]  # fmt: skip


async def test_a_variant_that_cannot_be_made_is_told_once_with_its_failure(
    application: Application, webhooks: Webhooks
) -> None:
    application.make_variants = FailingCodec(UndecodableImage(), 99, application.codec).making(application)
    await application.store(SAMPLE)
    for _ in range(6):
        await application.make_pending()
        application.clock.advance(minutes=11)
    failed = [each for each in await webhooks.delivered() if each["type"] == "variant.failed"]
    assert [(each["data"]["variant"], each["data"]["failure"]) for each in failed] == [
        ("medium", "undecodable-image"), ("small", "undecodable-image"),
    ]  # fmt: skip


async def test_an_upload_that_is_repeated_is_told_once(application: Application, webhooks: Webhooks) -> None:
    for _ in range(2):
        await application.store(SAMPLE, key=SubmissionKey("key"))
    assert [each["type"] for each in await webhooks.delivered()] == ["image.stored"]


async def test_a_webhook_gets_the_events_of_its_user_that_it_wants(application: Application) -> None:
    wanting = await Webhooks.of(application, EventType.IMAGE_DELETED)
    image = await application.store(SAMPLE)
    assert await wanting.pending() == []
    await application.delete(image)
    assert [each["type"] for each in await wanting.delivered()] == ["image.deleted"]


async def test_an_image_of_another_user_is_not_told(application: Application) -> None:
    elsewhere = await Webhooks.of(application, user=2)
    await application.store(SAMPLE)
    assert await elsewhere.pending() == []


async def tries(webhooks: Webhooks, status: int, number: int) -> list[float]:
    """Let the receiver answer with ``status`` to ``number`` tries. Returns the pauses between them, in seconds."""
    webhooks.servers.statuses[HOOK] = status
    pauses = []
    for _ in range(number):
        await webhooks.deliver()
        (job,) = await webhooks.jobs()
        pauses.append((job.due - webhooks.clock.now()).total_seconds())
        webhooks.clock.at = max(webhooks.clock.at, job.due)
    return pauses


async def the_job(webhooks: Webhooks) -> Job:
    (job,) = await webhooks.jobs()
    return job


@pytest.mark.parametrize("status", [199, 301, 400, 404, 500, 503])
async def test_a_delivery_is_repeated_for_a_day_and_then_kept_as_failed(
    application: Application, webhooks: Webhooks, status: int
) -> None:
    await application.store(SAMPLE)
    pauses = await tries(webhooks, status, 14)
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 6 * 3600
    await webhooks.deliver()
    job = await the_job(webhooks)
    assert (job.state, job.attempts, job.failure) == (JobState.FAILED, 15, "webhook-refused")
    ids = {each.headers["webhook-id"] for each in webhooks.servers.sent}
    assert (len(ids), len(webhooks.servers.sent)) == (1, 15), "each try has the same id"
    assert len({each.headers["webhook-timestamp"] for each in webhooks.servers.sent}) == 15


async def test_a_delivery_succeeds_after_failures(application: Application, webhooks: Webhooks) -> None:
    await application.store(SAMPLE)
    await tries(webhooks, 503, 3)
    assert [each["type"] for each in await webhooks.delivered()] == ["image.stored"] * 4
    assert await webhooks.jobs() == []


async def test_a_receiver_that_is_gone_is_not_tried_again(application: Application, webhooks: Webhooks) -> None:
    await application.store(SAMPLE)
    await tries(webhooks, 410, 1)
    job = await the_job(webhooks)
    assert (job.state, job.failure) == (JobState.FAILED, "webhook-gone")


async def test_events_of_a_removed_webhook_are_dropped(application: Application, webhooks: Webhooks) -> None:
    await application.store(SAMPLE)
    await RemoveWebhook(application.units)(webhooks.webhook.id)
    assert await webhooks.delivered() == []
    assert await webhooks.jobs() == []


async def test_the_largest_event_fits_into_a_job(application: Application, webhooks: Webhooks) -> None:
    image = await application.store(SAMPLE, "\U0001f4f7" * 80 + ".png")
    assert len(image.name.encode()) > 240
    (event,) = await webhooks.delivered()
    assert event["data"]["name"] == image.name
    assert json.dumps(event).isascii()
