"""A cache in front of the service forgets public images that it must not show any longer."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest

from adapters.remote.servers import HttpRemoteServers
from domain.errors import CacheNotPurged
from domain.model.access.user import UserDraft
from domain.model.images.details import DetailsChange
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.model.images.public_paths import public_path
from domain.model.images.purging import PURGE_CACHE, paths_to_purge
from domain.model.images.variant import VariantSpec
from domain.model.jobs.job import JobState
from domain.use_cases.access.users import DisableUser
from domain.use_cases.images.public.purge_cache import PurgeCache
from domain.use_cases.images.public.write_purges import WritePurges
from domain.use_cases.images.removing.remove_user import RemoveUser
from kit.fixtures.application import ADA, Application
from kit.images.samples import sample_image
from kit.remote.other_server import OtherServer, answer, other_server

pytestmark = pytest.mark.anyio

SAMPLE, OTHER = sample_image(seed=1), sample_image(seed=2)


async def change(application: Application, image: Image, **changed: object) -> Image:
    return await application.change_details(ADA, ImageReference(id=image.id), DetailsChange(**changed))  # type: ignore[arg-type]  # as the test says


async def published(application: Application) -> Image:
    image = await application.store(SAMPLE)
    await application.make_pending()
    return await change(application, image, public=True)


async def purged(application: Application) -> list[str]:
    """The paths in the jobs that are written, which are removed."""
    async with application.units.writing() as unit:
        jobs = [job for job in await unit.jobs.list(states=frozenset(JobState), limit=99) if job.kind == PURGE_CACHE]
        for job in jobs:
            await unit.jobs.remove(job.id)
        await unit.commit()
    return [path for job in jobs for path in paths_to_purge(job.payload)]


def paths_of(image: Image) -> list[str]:
    slug = image.details.slug
    return [f"/p/{slug}.png", f"/p/{slug}/medium.png", f"/p/{slug}/small.png"]


async def test_a_withdrawn_image_is_purged_with_its_variants(application: Application) -> None:
    image = await published(application)
    await change(application, image, alt="A cat")
    assert await purged(application) == []
    await change(application, image, public=False)
    assert await purged(application) == paths_of(image)
    assert paths_of(image)[2] == public_path(image, "small")


async def test_a_replaced_image_is_purged_at_its_paths_of_before(application: Application) -> None:
    image = await published(application)
    await application.replace(ImageReference(id=image.id), OTHER)
    assert await purged(application) == paths_of(image)
    await change(application, image, public=False)
    assert await purged(application) == paths_of(image)[:1], "no other variants are made yet"


async def test_a_deleted_image_is_purged(application: Application) -> None:
    image = await published(application)
    await application.delete(image)
    assert await purged(application) == paths_of(image)


async def test_an_expired_image_is_purged(application: Application) -> None:
    image = await published(application)
    await change(application, image, expires_at=application.clock.now() + timedelta(hours=1))
    application.clock.advance(hours=1)
    await application.delete_expired_images()
    assert await purged(application) == paths_of(image)


async def test_the_images_of_a_removed_user_are_purged(application: Application) -> None:
    async with application.units.writing() as unit:
        await unit.users.add(UserDraft(username="ada", created_at=application.clock.now()))
        await unit.commit()
    first, second = await published(application), await published(application)
    remove = RemoveUser(application.units, application.remove_images, DisableUser(application.units, application.clock))
    await remove("ada", with_images=True)
    assert await purged(application) == [*paths_of(first), *paths_of(second)]


async def test_images_that_nobody_else_could_see_are_not_purged(application: Application) -> None:
    image = await application.store(SAMPLE)
    await application.replace(ImageReference(id=image.id), OTHER)
    await change(application, image, public=True)
    await purged(application)
    await application.delete(await application.store(SAMPLE))
    assert await purged(application) == []


async def test_without_a_cache_nothing_is_purged(application: Application) -> None:
    object.__setattr__(application.change_details, "write_purges", WritePurges(has_cache=False))
    await change(application, await published(application), public=False)
    assert await purged(application) == []


async def test_an_image_with_many_variants_is_purged_by_several_jobs(application: Application) -> None:
    image = await application.store(SAMPLE)
    await application.redeclare(*(VariantSpec(f"{'v' * 30}{number:02}", 10 + number) for number in range(90)))
    await application.make_pending()
    image = await change(application, image, public=True)
    await application.delete(image)
    assert len(await purged(application)) == 91


@pytest.fixture
def cache() -> Iterator[OtherServer]:
    with other_server() as cache:
        yield cache


def purging(url: str) -> PurgeCache:
    return PurgeCache(HttpRemoteServers([ip_network("127.0.0.0/8")], deadline=10), url)


async def test_each_path_is_sent_to_the_cache(cache: OtherServer) -> None:
    cache.answers["/below/p/a.png"] = answer(200)  # the other one is unknown to it
    await purging(cache.url("/below/"))("/p/a.png\n/p/b.png")
    assert [(each.method, each.path) for each in cache.received] == [
        ("PURGE", "/below/p/a.png"),
        ("PURGE", "/below/p/b.png"),
    ]


@pytest.mark.parametrize("status", [302, 403, 405, 500])
async def test_a_cache_that_refuses_fails_the_job(cache: OtherServer, status: int) -> None:
    cache.answers["/p/a.png"] = answer(status)
    with pytest.raises(CacheNotPurged, match=str(status)):
        await purging(cache.url(""))("/p/a.png\n/p/b.png")


async def test_a_job_whose_cache_is_not_in_the_settings_any_more_is_done() -> None:
    await purging("")("/p/a.png")
