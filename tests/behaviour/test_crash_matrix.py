"""A crash or failure at any call, or a sweep between any two calls, loses no acknowledged upload and no event."""

import hashlib
from collections.abc import Callable

import pytest

from domain.errors import (
    BlobExpired,
    BlobStoreUnavailable,
    CalotypeError,
    CodecBusy,
    DatabaseUnavailable,
    StaleImage,
    StorageFull,
)
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.images.variant import VariantSpec
from domain.model.pixels.compression import CompressionMode
from kit.fixtures.application import LONG, Application
from kit.fixtures.entities import SMALL
from kit.fixtures.faults import Crash, FaultPlan
from kit.fixtures.webhooks import Webhooks
from kit.images.samples import sample_image

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

OpenApplication = Callable[[FaultPlan], Application]
FIRST, SECOND, THIRD = (sample_image(seed=seed) for seed in (1, 2, 3))
KEY = SubmissionKey("key")


async def use_every_operation(application: Application) -> None:
    """Store, replace, recompress, delete and sweep images, each at least once."""
    kept = await application.store(FIRST, mode=CompressionMode.OFF)
    await application.make_pending()
    assert await application.recompress(kept)
    application.clock.at += LONG
    await application.sweep_blobs()
    await application.replace(ImageReference(id=kept.id), SECOND)
    await application.make_pending()
    await application.redeclare(SMALL, VariantSpec("medium", 200))
    await application.make_pending()
    dropped = await application.store(THIRD)
    await application.delete(dropped)
    application.clock.at += LONG
    await application.sweep_blobs()
    await application.store(FIRST, "again.png", key=KEY)
    await application.forget_submissions()


async def check_events(application: Application, webhooks: Webhooks) -> None:
    """Each change that is stored, and no other, was told once; but for deliveries that were repeated."""
    events = [(event["type"], event["data"]["id"]) for event in await webhooks.delivered()]
    assert await webhooks.jobs() == []
    stored, replaced, deleted = (
        [id for type, id in events if type == f"image.{change}"] for change in ("stored", "replaced", "deleted")
    )
    images = {image.id: image for image in application.images()}
    assert sorted(stored) == sorted([*images, *deleted])
    assert replaced == [
        id for id, image in images.items() if image.original.uploaded == hashlib.sha256(SECOND).hexdigest()
    ]
    ready = {(event["data"]["id"], event["data"].get("variant")) for event in await webhooks.delivered()}
    assert ready >= {(id, variant.name) for id, image in images.items() for variant in image.variants}


async def calls_of_every_operation(open_application: OpenApplication) -> int:
    application = open_application(FaultPlan())
    webhooks = await Webhooks.of(application)
    await use_every_operation(application)
    await application.check()
    await application.settle()
    await check_events(application, webhooks)
    assert len(application.images()) == 2
    return application.faults.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize(
    "failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable, StorageFull, CodecBusy, StaleImage, BlobExpired]
)
async def test_a_failure_of_any_call_loses_no_image_and_leaves_no_blob(
    open_application: OpenApplication, failure: Callable[[], BaseException], after: bool
) -> None:
    total = await calls_of_every_operation(open_application)
    assert total > 80, "too few calls to prove anything"
    failed = 0
    for call in range(1, total + 1):
        application = open_application(FaultPlan(fail_at=call, failure=failure, after=after))
        webhooks = await Webhooks.of(application)
        try:
            await use_every_operation(application)
        except (Crash, CalotypeError):
            failed += 1
        await application.check()
        await application.settle()
        await check_events(application, webhooks)
    assert failed > total / 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize("failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable])
async def test_an_upload_that_failed_at_any_call_is_stored_once_when_repeated(
    open_application: OpenApplication, failure: Callable[[], BaseException], after: bool
) -> None:
    application = open_application(FaultPlan())
    await Webhooks.of(application)
    await application.store(FIRST, key=KEY)
    total, failed = application.faults.calls, 0
    for call in range(1, total + 1):
        application = open_application(FaultPlan(fail_at=call, failure=failure, after=after))
        webhooks = await Webhooks.of(application)
        try:
            await application.store(FIRST, key=KEY)
        except (Crash, CalotypeError):
            failed += 1
        kept = application.images()
        again = await application.store(FIRST, key=KEY)
        assert [image.id for image in application.images()] == [again.id]
        assert kept in ([], application.images())
        await application.settle()
        await check_events(application, webhooks)
    assert failed > total / 3


@pytest.mark.parametrize("late", [False, True], ids=["at once", "much later"])
async def test_a_sweep_between_any_two_calls_loses_nothing(open_application: OpenApplication, late: bool) -> None:
    total = await calls_of_every_operation(open_application)
    for call in range(1, total + 1):
        application = open_application(FaultPlan(disturb_at=call))
        bystander = Application(
            application.codec,
            application.staging,
            FaultPlan(),
            application.clock,
            application.random_values,
            application.database,
            application.blobs,
        )

        async def sweep(application: Application = application, bystander: Application = bystander) -> None:
            application.clock.at += LONG if late else 0 * LONG
            if not application.database.turn.locked():  # otherwise the sweep would wait until after the call
                await bystander.sweep_blobs()
                application.clock.advance(minutes=2)  # past the pause, and within the grace
                await bystander.sweep_blobs()

        application.faults.disturbance = sweep
        try:
            await use_every_operation(application)
        except BlobExpired:
            assert late, "only an upload that took hours may fail"
        await application.check()
        await application.settle()
