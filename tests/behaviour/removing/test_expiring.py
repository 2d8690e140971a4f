"""Images that expire: nobody sees them any more, and soon they are gone."""

from datetime import datetime, timedelta

import pytest

from domain.errors import ImageNotFound, SubmittedImageDeleted
from domain.model.access.user import UserDraft
from domain.model.images.details import DetailsChange, Slug
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.submission import SubmissionKey
from domain.use_cases.images.image_bytes import link_to
from domain.use_cases.images.open_link import OpenLink
from domain.use_cases.images.public.show_public_image import ShowPublicImage
from kit.fixtures.application import ADA, LONG, Application
from kit.fixtures.entities import NOON
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

SAMPLE = sample_image(seed=1)
SOON = NOON + timedelta(minutes=5)
KEY = SubmissionKey("key")


async def stored(
    application: Application, *, expires_at: datetime | None = SOON, key: SubmissionKey | None = None
) -> Image:
    image = await application.store(SAMPLE, key=key)
    change = DetailsChange(public=True, expires_at=expires_at)
    return await application.change_details(ADA, ImageReference(id=image.id), change)


async def test_an_expired_image_cannot_be_seen_or_changed(application: Application) -> None:
    async with application.units.writing() as unit:
        await unit.users.add(UserDraft(username="ada", created_at=NOON))
        await unit.commit()
    image = await stored(application, key=KEY)
    reference = ImageReference(id=image.id)
    show_public = ShowPublicImage(application.lookups, application.clock)
    slug = image.details.slug or Slug("")
    application.clock.at = SOON - timedelta(microseconds=1)
    assert (await show_public(slug)).id == image.id
    assert (await application.store(SAMPLE, key=KEY)).id == image.id
    application.clock.at = SOON
    with pytest.raises(ImageNotFound):
        await show_public(slug)
    with pytest.raises(ImageNotFound):
        await application.change_details(ADA, reference, DetailsChange(expires_at=None))
    with pytest.raises(ImageNotFound):
        await application.replace(reference, SAMPLE)
    with pytest.raises(SubmittedImageDeleted):
        await application.store(SAMPLE, key=KEY)
    await application.delete(image)


async def test_expired_images_are_deleted_with_their_bytes_and_no_others(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.use_cases.images.removing.delete_expired_images.REMOVED_AT_ONCE", 2)
    expiring = [await stored(application) for _ in range(5)]
    later = await stored(application, expires_at=SOON + timedelta(microseconds=1))
    never = await stored(application, expires_at=None)
    link = application.links.sign(link_to(expiring[0]), NOON)
    query = dict(part.split("=", 1) for part in link.partition("?")[2].split("&"))
    open_link = OpenLink(application.links, application.lookups, application.clock)
    await application.delete_expired_images()
    assert len(application.images()) == 7
    application.clock.at = SOON
    await open_link(expiring[0].name, None, query)
    await application.delete_expired_images()
    assert [image.id for image in application.images()] == [later.id, never.id]
    with pytest.raises(ImageNotFound):
        await open_link(expiring[0].name, None, query)
    assert await application.in_store() == application.referenced()
    for image in expiring:
        application.acknowledged.pop(image.id)
    await application.check()
    application.clock.at += LONG
    await application.delete_expired_images()
    assert [image.id for image in application.images()] == [never.id]


async def test_an_image_that_no_longer_expires_is_kept(application: Application) -> None:
    image = await stored(application)
    application.clock.at = SOON - timedelta(seconds=1)
    await application.change_details(ADA, ImageReference(id=image.id), DetailsChange(expires_at=None))
    application.clock.at = SOON
    await application.delete_expired_images()
    assert len(application.images()) == 1
