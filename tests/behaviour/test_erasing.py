"""The bytes of deleted images are removed at once, or by the sweep if the store does not answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.memory.blobs import MemoryBlobStore
from domain.errors import BlobStoreUnavailable
from domain.model.access.access_key import Serial
from domain.model.access.user import UserDraft
from domain.model.audit.record import SERVICE, Action, AuditRecord, Deed
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.model.storage.blob import BlobKey, BlobState
from domain.model.storage.store_move import StoreName
from domain.model.webhooks.delivery import Delivery
from domain.model.webhooks.webhook import WebhookDraft, wanted_events, webhook_url
from domain.ports.blobs import BlobStore
from domain.ports.staging import StagedPath
from domain.use_cases.access.users import DisableUser
from domain.use_cases.images.removing.erase_images import EraseImages
from domain.use_cases.images.removing.remove_user import RemoveUser
from domain.use_cases.stores.bind_store import BindStore
from kit.fixtures.application import ADA, LONG, Application
from kit.fixtures.entities import NOON
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio


class DownStore(MemoryBlobStore):
    """A store that refuses every deletion. ``asked`` counts them."""

    asked = 0

    async def delete(self, key: BlobKey) -> None:
        self.asked += 1
        raise BlobStoreUnavailable(key)


class SilentStore(MemoryBlobStore):
    """A store that answers no deletion."""

    async def delete(self, key: BlobKey) -> None:
        await asyncio.Event().wait()


def delete_from(application: Application, store: BlobStore) -> None:
    """Let deletions of images go to this store, and those of the sweep to the usual one."""
    object.__setattr__(application.lifecycle, "blobs", store)


async def test_the_bytes_of_a_deleted_image_and_of_those_before_it_are_removed_at_once(
    application: Application,
) -> None:
    image = await application.store(sample_image(seed=1))
    other = await application.store(sample_image(seed=2))
    await application.make_pending()
    await application.replace(ImageReference(id=image.id), sample_image(seed=3))
    await application.make_pending()
    assert image.original.key in await application.in_store(), "links to replaced bytes work until they expire"
    await application.delete(image)
    assert (
        await application.in_store()
        == next(each for each in application.images() if each.id == other.id).blobs().keys()
    )
    await application.check()
    await application.settle()


async def test_a_deletion_leaves_its_keys_to_the_sweep(application: Application) -> None:
    image = await application.store(sample_image(seed=1))
    await application.delete(image)
    assert [record.state for record in application.database.state.blobs.values()] == [BlobState.DOOMED]
    application.clock.at += LONG
    await application.sweep_blobs()
    assert application.database.state.blobs == {}


@pytest.mark.parametrize("store", [DownStore, SilentStore])
async def test_an_image_is_deleted_although_the_store_does_not_answer_and_swept_later(
    application: Application, store: Callable[[], BlobStore]
) -> None:
    image = await application.store(sample_image(seed=1))
    delete_from(application, store())
    async with asyncio.timeout(30):
        await application.delete(image)
    assert application.images() == []
    assert await application.in_store() == {image.original.key}
    await application.settle()
    assert await application.in_store() == set()


def erasing(application: Application, store: BlobStore) -> EraseImages:
    units: Any = application.units
    return EraseImages(application.remove_images, units, store, application.switch)


@pytest.fixture
async def bound(application: Application) -> Application:
    """The application, whose database belongs to its store."""
    stores: Any = {StoreName("storage"): application.blobs}
    await BindStore(application.reliable_units, stores, application.switch, application.random_values)()
    return application


async def test_an_erased_image_leaves_nothing_in_the_database_but_audit_records(bound: Application) -> None:
    image = await bound.store(sample_image(seed=1), key=SubmissionKey("key"))
    await bound.make_pending()
    replaced = await bound.replace(ImageReference(id=image.id), sample_image(seed=2))
    await bound.make_pending()
    bound.acknowledged.clear()
    bound.database.state.audit.append(
        AuditRecord(NOON, SERVICE, Deed(Action.IMAGE_STORED, ADA.user, f"image {image.id}", image.name))
    )
    erased = await erasing(bound, bound.blobs)(image.id)
    [original] = [each for each in erased.blobs if each.part == "original"]
    assert original.record.facts == replaced.original.facts
    assert image.original.key in {each.record.key for each in erased.blobs if each.part == "replaced"}
    assert all(each.is_gone for each in erased.blobs)
    assert (await bound.in_store(), bound.images()) == (set(), [])
    state = bound.database.state
    assert (state.blobs, state.submissions, [each.deed.detail for each in state.audit]) == ({}, {}, [""])


async def test_what_the_store_did_not_remove_is_told_and_swept_later(bound: Application) -> None:
    image = await bound.store(sample_image(seed=1))
    delete_from(bound, DownStore())
    bound.acknowledged.clear()
    erased = await erasing(bound, DownStore())(image.id)
    assert [each.is_gone for each in erased.blobs] == [False]
    assert bound.images() == []
    await bound.settle()


async def test_events_about_an_erased_image_are_dropped_except_its_deletion(bound: Application) -> None:
    async with bound.reliable_units.writing() as unit:
        await unit.webhooks.add(
            WebhookDraft(
                user=ADA.user,
                url=webhook_url("https://a.example/"),
                events=wanted_events(()),
                serial=Serial(bytes(16)),
                created_at=NOON,
            )
        )
        await unit.commit()
    image, other = await bound.store(sample_image(seed=1)), await bound.store(sample_image(seed=2))
    bound.acknowledged.clear()

    def told() -> set[tuple[str, int]]:
        bodies = [json.loads(Delivery.parse(job.payload).message.body) for job in bound.database.state.jobs.values()]
        return {(body["type"], body["data"]["id"]) for body in bodies}

    assert told() == {("image.stored", image.id), ("image.stored", other.id)}
    await erasing(bound, bound.blobs)(image.id)
    assert told() == {("image.deleted", image.id), ("image.stored", other.id)}


async def test_variants_that_are_made_while_their_image_is_deleted_are_removed_at_once(
    application: Application,
) -> None:
    image = await application.store(sample_image(seed=1))
    fetch = application.blobs.fetch

    async def deleted_meanwhile(key: BlobKey, target: StagedPath) -> None:
        await fetch(key, target)
        await application.delete(image)

    object.__setattr__(application.blobs, "fetch", deleted_meanwhile)
    await application.make_pending()
    assert await application.in_store() == set()


async def remove_ada(application: Application) -> None:
    units: Any = application.units
    remove = RemoveUser(units, application.remove_images, DisableUser(units, application.clock))
    application.acknowledged.clear()
    await remove("ada", with_images=True)


@pytest.fixture
async def filled(application: Application, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Ada's images, which are removed in several units of work."""
    monkeypatch.setattr("domain.use_cases.images.removing.remove_user.REMOVED_AT_ONCE", 2)
    async with application.units.writing() as unit:
        ada = await unit.users.add(UserDraft(username="ada", password_hash=None, created_at=application.clock.now()))
        await unit.commit()
    assert ada.id == ADA.user
    for seed in range(5):
        await application.store(sample_image(seed=seed))
    return application


async def test_the_bytes_of_a_removed_user_are_removed_at_once(filled: Application) -> None:
    await remove_ada(filled)
    assert await filled.in_store() == set()
    await filled.settle()


async def test_a_user_is_removed_although_the_store_does_not_answer_and_it_is_asked_no_more(
    filled: Application,
) -> None:
    store = DownStore()
    delete_from(filled, store)
    await remove_ada(filled)
    assert filled.images() == []
    assert 0 < store.asked <= 2, "only for the first unit of work"
    assert len(await filled.in_store()) == 5
    await filled.settle()
