"""The bytes of deleted images are removed at once, or by the sweep if the store does not answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from adapters.memory.blobs import MemoryBlobStore
from domain.errors import BlobStoreUnavailable
from domain.model.access.user import UserDraft
from domain.model.images.naming import ImageReference
from domain.model.storage.blob import BlobKey, BlobState
from domain.ports.blobs import BlobStore
from domain.use_cases.access.users import DisableUser
from domain.use_cases.images.removing.remove_user import RemoveUser
from kit.fixtures.application import ADA, LONG, Application
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
