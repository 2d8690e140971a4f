"""The contract of Catalogue, on every database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.model.access.user import UserId
from domain.model.images.details import NO_DETAILS, ImageDetails, Slug, Tag
from domain.model.images.image import Image, ImageDraft
from domain.model.images.image_filter import ImageFilter
from domain.model.images.naming import ImageId, ImageName
from domain.model.images.page import Cursor, Direction, Ordering, PageRequest, Place, SortKey
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.storage.blob import Digest
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, a_draft, an_original
from kit.fixtures.repositories import a_user, stored

pytestmark = pytest.mark.anyio


async def shown(database: Database, user: UserId, request: PageRequest) -> list[Image]:
    """The images on all pages, by ``onward``. Going ``back`` from the last page must show the same pages."""
    there, back = [], []
    page = await database.catalogue.page(user, request)
    assert page.back is None
    pages = [page]
    while page.onward is not None:
        page = await database.catalogue.page(user, replace(request, cursor=page.onward))
        pages.append(page)
    there = [list(each.items) for each in pages]
    for expected in reversed(there[:-1]):
        assert page.back is not None
        page = await database.catalogue.page(user, replace(request, cursor=page.back))
        back.append(list(page.items))
        assert back[-1] == expected
    assert page.back is None
    found = [image for items in there for image in items]
    assert {each.count for each in pages} == {len(found)}
    return found


async def test_pages_lead_through_the_list_and_back(database: Database) -> None:
    user, other = await a_user(database), await a_user(database, "other")
    await stored(database, other, "x.jpg", "y.jpg")
    images = (await stored(database, user, *(f"{n}.jpg" for n in range(7))))[::-1]
    assert await shown(database, user, PageRequest(limit=3)) == images
    assert await shown(database, user, PageRequest(limit=7)) == images
    skipped = await database.catalogue.page(user, PageRequest(limit=3, offset=5))
    assert (skipped.items, skipped.count, skipped.onward) == (images[5:], 7, None)
    assert skipped.back is not None
    before = await database.catalogue.page(user, PageRequest(limit=3, cursor=skipped.back, offset=2))
    assert before.items == images[2:5]
    beyond = await database.catalogue.page(user, PageRequest(limit=3, offset=2**63 - 1))
    assert (beyond.items, beyond.count, beyond.onward, beyond.back) == ([], 7, None, None)


async def test_the_list_of_a_user_without_images_is_empty(database: Database) -> None:
    page = await database.catalogue.page(UserId(99), PageRequest())
    assert (list(page.items), page.count, page.onward, page.back) == ([], 0, None, None)


async def test_a_cursor_works_after_its_image_was_deleted(database: Database) -> None:
    user = await a_user(database)
    images = (await stored(database, user, *(f"{n}.jpg" for n in range(5))))[::-1]
    page = await database.catalogue.page(user, PageRequest(limit=2))
    assert page.onward is not None
    async with database.units.writing() as unit:
        for image in images[:2]:
            await unit.images.remove(image)
        await unit.commit()
    rest = await database.catalogue.page(user, PageRequest(limit=9, cursor=page.onward))
    assert (rest.items, rest.count, rest.back) == (images[2:], 3, None)


@pytest.mark.parametrize("ordering", [Ordering.NEWEST, Ordering.NAME])
async def test_an_empty_page_links_back(database: Database, ordering: Ordering) -> None:
    user = await a_user(database)
    images = await stored(database, user, *(f"{n}.jpg" for n in range(6)))
    images = images[::-1] if ordering.is_descending else images
    request = PageRequest(limit=2, ordering=ordering)
    page = await database.catalogue.page(user, request)
    page = await database.catalogue.page(user, replace(request, cursor=page.onward))
    for cursor, gone in ((page.onward, images[4:]), (page.back, images[:2])):
        async with database.units.writing() as unit:
            for image in gone:
                await unit.images.remove(image)
            await unit.commit()
        nothing = await database.catalogue.page(user, replace(request, cursor=cursor))
        assert not nothing.items
        assert [nothing.back is None, nothing.onward is None] == [cursor is page.back, cursor is page.onward]
        found = await database.catalogue.page(user, replace(request, cursor=nothing.back or nothing.onward))
        assert found.items == images[2:4]


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("ordering", Ordering)
async def test_a_cursor_may_hold_any_place(database: Database, ordering: Ordering, direction: Direction) -> None:
    user = await a_user(database)
    await stored(database, user, "a.jpg")
    for value, number in ((0, 0), (2**63 - 1, 2**63 - 1)):
        place = Place("\U0010ffff" if ordering.key is SortKey.NAME and value else str(value), number)
        if ordering.key is not SortKey.NAME:
            place = Place(value, number)
        page = await database.catalogue.page(user, PageRequest(cursor=Cursor(direction, place), ordering=ordering))
        assert page.count == 1


async def test_a_page_shows_each_image_with_its_variants(database: Database) -> None:
    user = await a_user(database)
    images = await stored(database, user, "a.jpg", "b.jpg")
    page = await database.catalogue.page(user, PageRequest())
    assert page.items == images[::-1]
    assert all([each.name for each in image.variants] == ["medium", "small"] for image in page.items)


async def a_collection(database: Database, user: UserId) -> dict[str, ImageId]:
    """Images that differ in every property that lists are ordered and filtered by; some values occur twice."""
    numbers = {}
    async with database.units.writing() as unit:
        for name, minute, size, format, width, height, details in (
            ("b.JPG", 3, 500, ImageFormat.JPEG, 640, 480, ImageDetails(tags=(Tag("cat"), Tag("sea")))),
            ("A_100%.png", 1, 500, ImageFormat.PNG, 10, 20, ImageDetails(tags=(Tag("100%_!"),), slug=Slug(f"a{user}"))),
            ("C.jpg", 3, 20, ImageFormat.JPEG, 100, 100, ImageDetails(tags=(Tag("sea"),), slug=Slug(f"b{user}"))),
            (
                "Ärger.webp",
                2,
                7_000_000_000,
                ImageFormat.WEBP,
                16_000,
                1,
                ImageDetails(tags=(Tag("seal"), Tag("überall"))),
            ),
            ("straße!.png", 0, 1, ImageFormat.PNG, 2, 2, ImageDetails(alt="sea")),
            ("é_日本.avif", 5, 21, ImageFormat.AVIF, 300, 200, NO_DETAILS),
        ):
            original = replace(
                an_original(f"{minute}{name}", format=format, size=size),
                dimensions=Dimensions(width, height),
                uploaded=Digest(str(minute) * 64),
            )
            drafted = a_draft(user, name, at=NOON + timedelta(minutes=minute))
            sent_name = ImageName("Scan_日.TIF") if name == "C.jpg" else None
            draft: ImageDraft = replace(drafted, original=original, details=details, sent_name=sent_name)
            numbers[name] = (await unit.images.add(draft)).id
        await unit.commit()
    return numbers


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        (Ordering.NEWEST, ["é_日本.avif", "C.jpg", "b.JPG", "Ärger.webp", "A_100%.png", "straße!.png"]),
        (Ordering.OLDEST, ["straße!.png", "A_100%.png", "Ärger.webp", "b.JPG", "C.jpg", "é_日本.avif"]),
        (Ordering.NAME, ["A_100%.png", "b.JPG", "C.jpg", "straße!.png", "Ärger.webp", "é_日本.avif"]),
        (Ordering.NAME_BACKWARDS, ["é_日本.avif", "Ärger.webp", "straße!.png", "C.jpg", "b.JPG", "A_100%.png"]),
        (Ordering.SMALLEST, ["straße!.png", "C.jpg", "é_日本.avif", "b.JPG", "A_100%.png", "Ärger.webp"]),
        (Ordering.LARGEST, ["Ärger.webp", "A_100%.png", "b.JPG", "é_日本.avif", "C.jpg", "straße!.png"]),
    ],
)
async def test_a_list_has_the_requested_order(database: Database, ordering: Ordering, expected: Sequence[str]) -> None:
    user = await a_user(database)
    await a_collection(database, user)
    for limit in (1, 2, 4, 6):
        found = await shown(database, user, PageRequest(limit=limit, ordering=ordering))
        assert [image.name for image in found] == expected


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (ImageFilter(type=ImageFormat.PNG), {"A_100%.png", "straße!.png"}),
        (ImageFilter(type=ImageFormat.GIF), set()),
        (ImageFilter(search="a_1"), {"A_100%.png"}),
        (ImageFilter(search="a1"), set()),
        (ImageFilter(search="0%"), {"A_100%.png"}),
        (ImageFilter(search="!"), {"straße!.png"}),
        (ImageFilter(search="STRASSE"), {"straße!.png"}),
        (ImageFilter(search="äR"), {"Ärger.webp"}),
        (ImageFilter(search="E\u0301"), {"é_日本.avif"}),
        (ImageFilter(search="日"), {"é_日本.avif", "C.jpg"}),
        (ImageFilter(search="scan_"), {"C.jpg"}),
        (ImageFilter(search=".tif"), {"C.jpg"}),
        (ImageFilter(search="\\"), set()),
        (ImageFilter(search="'"), set()),
        (ImageFilter(tag=Tag("sea")), {"b.JPG", "C.jpg"}),
        (ImageFilter(tag=Tag("100%_!")), {"A_100%.png"}),
        (ImageFilter(tag=Tag("%")), set()),
        (ImageFilter(tag=Tag("überall")), {"Ärger.webp"}),
        (ImageFilter(public=True), {"A_100%.png", "C.jpg"}),
        (ImageFilter(public=False), {"b.JPG", "Ärger.webp", "straße!.png", "é_日本.avif"}),
        (ImageFilter(public=True, tag=Tag("sea")), {"C.jpg"}),
        (ImageFilter(created_after=NOON + timedelta(minutes=3)), {"b.JPG", "C.jpg", "é_日本.avif"}),
        (ImageFilter(created_before=NOON + timedelta(minutes=1)), {"straße!.png"}),
        (
            ImageFilter(created_after=NOON + timedelta(minutes=1), created_before=NOON + timedelta(minutes=3)),
            {"A_100%.png", "Ärger.webp"},
        ),
        (ImageFilter(min_width=300), {"b.JPG", "Ärger.webp", "é_日本.avif"}),
        (ImageFilter(max_width=10, min_height=20), {"A_100%.png"}),
        (ImageFilter(max_height=2), {"Ärger.webp", "straße!.png"}),
        (ImageFilter(min_size=500), {"b.JPG", "A_100%.png", "Ärger.webp"}),
        (ImageFilter(min_size=20, max_size=21), {"C.jpg", "é_日本.avif"}),
        (ImageFilter(uploaded_sha256=Digest("5" * 64)), {"é_日本.avif"}),
        (ImageFilter(uploaded_sha256=Digest("3" * 64)), {"b.JPG", "C.jpg"}),
        (ImageFilter(uploaded_sha256=Digest("%")), set()),
        (ImageFilter(min_width=2**63 - 1), set()),
        (ImageFilter(type=ImageFormat.JPEG, search=".jpg", max_size=499), {"C.jpg"}),
    ],
)  # fmt: skip
async def test_a_filtered_list_shows_and_counts_the_matching_images(
    database: Database, filter: ImageFilter, expected: set[str]
) -> None:
    user, other = await a_user(database), await a_user(database, "other")
    await a_collection(database, user)
    await a_collection(database, other)
    for ordering in Ordering:
        found = await shown(database, user, PageRequest(limit=2, ordering=ordering, filter=filter))
        assert {image.name for image in found} == expected, ordering
        assert all(filter.matches(image) for image in found)


async def test_a_renamed_image_is_found_and_sorted_by_its_new_name(database: Database) -> None:
    user = await a_user(database)
    image, other = await stored(database, user, "b.jpg", "c.jpg")
    async with database.units.writing() as unit:
        renamed = await unit.images.save(replace(image, name=a_draft(user, "Zebra.jpg").name))
        await unit.commit()
    assert await shown(database, user, PageRequest(ordering=Ordering.NAME)) == [other, renamed]
    assert await shown(database, user, PageRequest(filter=ImageFilter(search="zeb"))) == [renamed]
