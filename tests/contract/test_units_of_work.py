"""The laws of units of work and repositories, on every database."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import (
    AccessKeyNameTaken,
    AccessKeyNotFound,
    BlobExpired,
    ImageNameTaken,
    ImageNotFound,
    StaleImage,
    UsernameTaken,
)
from domain.model.access_key import AccessKey, AccessKeyId, Scope, Serial
from domain.model.blob import BlobFacts, BlobKey, BlobState, Digest
from domain.model.image import Image
from domain.model.naming import ImageId, ImageName, ImageReference
from domain.model.page import Cursor, Direction, PageRequest
from domain.model.user import UserId
from domain.model.variant import Variant, VariantState
from domain.ports.lookups import ImageStamp
from domain.ports.repositories import AccessKeyDraft, VariantTally
from registry import Database
from worlds import NOON, SPECS, a_draft, a_print, an_original

pytestmark = pytest.mark.anyio

KEY = BlobKey("a" * 32)
FACTS = BlobFacts(digest=Digest("d" * 64), size=5, media_type="image/png")
LATER = NOON + timedelta(hours=1)


async def a_user(database: Database, name: str = "ada") -> UserId:
    async with database.units.writing() as unit:
        user = await unit.users.add(username=name, password_hash=None, at=NOON)
        await unit.commit()
    return user.id


async def stored(database: Database, owner: UserId, *names: str) -> list[Image]:
    async with database.units.writing() as unit:
        images = [
            await unit.images.add(a_draft(owner, name, key=f"{owner}-{number}"[:32]))
            for number, name in enumerate(names)
        ]
        await unit.commit()
    return images


async def found(database: Database, image: Image) -> Image:
    async with database.units.reading() as unit:
        return await unit.images.get(image.id)


# Units of work


async def test_without_a_commit_nothing_happened(database: Database) -> None:
    owner = await a_user(database)
    async with database.units.writing() as unit:
        image = await unit.images.add(a_draft(owner))
        await unit.ledger.stage(KEY, NOON)
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()
        assert await unit.images.count(owner) == 0
        with pytest.raises(ImageNotFound):
            await unit.images.get(image.id)


async def test_an_error_undoes_everything(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.units.writing() as unit:
            await unit.ledger.stage(KEY, NOON)
            raise RuntimeError
    async with database.units.reading() as unit:
        assert await unit.ledger.find(KEY) is None


async def test_what_a_reader_changes_is_undone(database: Database) -> None:
    async with database.units.reading() as unit:
        await unit.ledger.stage(KEY, NOON)
    async with database.units.reading() as unit:
        assert await unit.ledger.is_empty()


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    owner = await a_user(database)
    async with database.units.reading() as reader:
        assert await reader.images.count(owner) == 0
        await stored(database, owner, "a.jpg")
        assert await reader.images.count(owner) == 0
        assert not (await reader.images.page(owner, PageRequest())).items


async def test_writers_take_turns_and_lose_nothing(database: Database) -> None:
    owner = await a_user(database)

    async def write(number: int) -> None:
        async with database.units.writing() as unit:
            await unit.images.add(a_draft(owner, f"{number}.jpg", key=str(number)))
            await asyncio.sleep(0)
            await unit.commit()

    await asyncio.gather(*(write(number) for number in range(40)))
    async with database.units.reading() as unit:
        assert await unit.images.count(owner) == 40


async def test_a_cancelled_writer_lets_the_next_one_in(database: Database) -> None:
    entered = asyncio.Event()

    async def dawdle() -> None:
        async with database.units.writing() as unit:
            await unit.ledger.stage(KEY, NOON)
            entered.set()
            await asyncio.sleep(60)

    dawdler = asyncio.create_task(dawdle())
    await entered.wait()
    dawdler.cancel()
    await asyncio.gather(dawdler, return_exceptions=True)
    async with asyncio.timeout(5), database.units.writing() as unit:
        assert await unit.ledger.is_empty()


# Images


async def test_a_picture_is_found_as_it_was_added(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    async with database.units.reading() as unit:
        assert await unit.images.get(image.id) == image
        assert await unit.images.find(owner, ImageReference(id=image.id)) == image
        assert await unit.images.find(owner, ImageReference(name=ImageName("sample.jpg"))) == image
    assert await database.lookups.image(owner, ImageReference(id=image.id)) == image
    assert await database.lookups.image(owner, ImageReference(name=image.name)) == image


async def test_somebody_elses_picture_is_as_absent_as_none(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    (image,) = await stored(database, ada, "sample.jpg")
    async with database.units.reading() as unit:
        for reference in (ImageReference(id=image.id), ImageReference(name=image.name), ImageReference(id=ImageId(99))):
            with pytest.raises(ImageNotFound):
                await unit.images.find(bob, reference)
            with pytest.raises(ImageNotFound):
                await database.lookups.image(bob, reference)


async def test_a_name_is_unique_for_its_owner_only(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    await stored(database, ada, "sample.jpg")
    await stored(database, bob, "sample.jpg")
    async with database.units.writing() as unit:
        assert await unit.images.is_name_taken(ada, ImageName("sample.jpg"))
        assert not await unit.images.is_name_taken(ada, ImageName("Sample.jpg"))
        with pytest.raises(ImageNameTaken):
            await unit.images.add(a_draft(ada, "sample.jpg", key="other"))


async def test_a_saved_picture_has_its_new_state_and_a_new_version(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    changed = image.replaced(name=ImageName("other.jpg"), original=an_original("b" * 32), specs=SPECS, at=LATER)
    changed = changed.with_variant(changed.variant("small").ready(a_print("c" * 32)))
    async with database.units.writing() as unit:
        saved = await unit.images.save(changed)
        await unit.commit()
    assert saved == replace(changed, version=image.version + 1)
    assert await found(database, image) == saved
    assert await database.lookups.image(owner, ImageReference(id=image.id)) == saved


async def test_saving_or_removing_what_changed_meanwhile_is_refused(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "sample.jpg")
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.save(image)
    async with database.units.writing() as unit:
        with pytest.raises(StaleImage):
            await unit.images.remove(image)


async def test_a_picture_cannot_take_the_name_of_another(database: Database) -> None:
    owner = await a_user(database)
    first, _ = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        with pytest.raises(ImageNameTaken):
            await unit.images.save(replace(first, name=ImageName("b.jpg")))


async def test_a_removed_picture_is_gone_and_its_number_never_comes_back(database: Database) -> None:
    owner = await a_user(database)
    _, last = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.writing() as unit:
        await unit.images.remove(last)
        await unit.commit()
    (again,) = await stored(database, owner, "b.jpg")
    assert again.id > last.id
    async with database.units.reading() as unit:
        assert await unit.images.count(owner) == 2
        with pytest.raises(ImageNotFound):
            await unit.images.get(last.id)


async def test_pages_lead_through_the_list_and_back(database: Database) -> None:
    owner, other = await a_user(database), await a_user(database, "other")
    await stored(database, other, "x.jpg", "y.jpg")
    ids = [image.id for image in reversed(await stored(database, owner, *(f"{n}.jpg" for n in range(7))))]

    async def page(request: PageRequest) -> tuple[Sequence[int], Cursor | None, Cursor | None, int]:
        async with database.units.reading() as unit:
            page = await unit.images.page(owner, request)
        return [image.id for image in page.items], page.older, page.newer, page.count

    def older(id: int) -> Cursor:
        return Cursor(Direction.OLDER, id)

    def newer(id: int) -> Cursor:
        return Cursor(Direction.NEWER, id)

    assert await page(PageRequest(limit=3)) == (ids[:3], older(ids[2]), None, 7)
    assert await page(PageRequest(limit=3, cursor=older(ids[2]))) == (ids[3:6], older(ids[5]), newer(ids[3]), 7)
    assert await page(PageRequest(limit=3, cursor=older(ids[5]))) == (ids[6:], None, newer(ids[6]), 7)
    assert await page(PageRequest(limit=3, cursor=newer(ids[6]))) == (ids[3:6], older(ids[5]), newer(ids[3]), 7)
    assert await page(PageRequest(limit=3, cursor=newer(ids[3]))) == (ids[:3], older(ids[2]), None, 7)
    assert await page(PageRequest(limit=7)) == (ids, None, None, 7)
    assert await page(PageRequest(limit=3, offset=5)) == (ids[5:], None, newer(ids[5]), 7)
    assert await page(PageRequest(limit=3, offset=2**63 - 1)) == ([], None, None, 7)
    async with database.units.writing() as unit:
        await unit.images.remove(await unit.images.get(ImageId(ids.pop())))
        await unit.commit()
    assert await page(PageRequest(limit=6, cursor=newer(0))) == (ids, None, None, 6)
    assert await page(PageRequest(limit=2, cursor=newer(ids[2]))) == (ids[:2], older(ids[1]), None, 6)
    assert await page(PageRequest(limit=3, cursor=older(0))) == ([], None, None, 6)
    assert await page(PageRequest(limit=3, cursor=newer(2**63 - 1))) == ([], None, None, 6)


async def test_a_page_shows_each_picture_with_its_variants(database: Database) -> None:
    owner = await a_user(database)
    images = await stored(database, owner, "a.jpg", "b.jpg")
    async with database.units.reading() as unit:
        page = await unit.images.page(owner, PageRequest())
    assert [image.id for image in page.items] == [images[1].id, images[0].id]
    assert all({variant.name for variant in image.variants} == {"small", "medium"} for image in page.items)


# Pending variants


async def claim(database: Database, *, minutes: float = 0, limit: int = 10) -> list[ImageId]:
    at = NOON + timedelta(minutes=minutes)
    async with database.units.writing() as unit:
        expected = await unit.variant_jobs.is_any_due(at)
        jobs = await unit.variant_jobs.claim(at=at, until=at + timedelta(minutes=1), limit=limit)
        await unit.commit()
    assert bool(jobs) == expected
    return [job.image for job in jobs]


async def test_a_claimed_picture_is_not_claimed_again_before_its_lease_ends(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    assert await claim(database) == [image.id]
    assert await claim(database) == []
    assert await claim(database, minutes=1) == [image.id]
    assert [variant.attempts for variant in (await found(database, image)).variants] == [2, 2]


async def test_the_longest_due_comes_first_and_no_more_than_asked_for(database: Database) -> None:
    owner = await a_user(database)
    images = await stored(database, owner, "a.jpg", "b.jpg", "c.jpg")
    for image, minutes in zip(images, (2, 1, 3), strict=True):
        waiting = replace(image, variants=(Variant.pending("small", NOON + timedelta(minutes=minutes)),))
        async with database.units.writing() as unit:
            await unit.images.save(waiting)
            await unit.commit()
    assert await claim(database, minutes=5, limit=2) == [images[1].id, images[0].id]
    assert await claim(database, minutes=5, limit=2) == [images[2].id]


async def test_a_lease_can_be_extended_while_the_work_goes_on(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    async with database.units.writing() as unit:
        (job,) = await unit.variant_jobs.claim(at=NOON, until=NOON + timedelta(minutes=1), limit=1)
        await unit.variant_jobs.extend(job, NOON + timedelta(minutes=9))
        await unit.commit()
    assert job.original == image.original.key
    assert await claim(database, minutes=5) == []


async def test_what_is_ready_or_failed_is_no_work(database: Database) -> None:
    owner = await a_user(database)
    (image,) = await stored(database, owner, "a.jpg")
    image = image.with_variant(image.variant("small").ready(a_print("c" * 32)))
    image = image.with_variant(replace(image.variant("medium"), state=VariantState.FAILED, failure="bad"))
    async with database.units.writing() as unit:
        await unit.images.save(image)
        await unit.commit()
    assert await claim(database) == []
    async with database.units.reading() as unit:
        assert await unit.variant_jobs.tally() == VariantTally(pending=0, ready=1, failed=1)


# The ledger


async def test_a_key_lives_from_staged_over_live_to_doomed_and_is_forgotten(database: Database) -> None:
    readable = LATER + timedelta(hours=1)
    async with database.units.writing() as unit:
        await unit.ledger.stage(KEY, NOON)
        await unit.ledger.promote(KEY, FACTS, LATER, image=ImageId(7))
        live = await unit.ledger.find(KEY)
        await unit.ledger.doom(KEY, LATER, readable_until=readable)
        doomed = await unit.ledger.find(KEY)
        await unit.commit()
    assert live is not None
    assert (live.state, live.facts, live.since, live.staged_at) == (BlobState.LIVE, FACTS, LATER, NOON)
    assert doomed is not None
    assert (doomed.state, doomed.facts, doomed.readable_until) == (BlobState.DOOMED, FACTS, readable)
    assert await database.lookups.blob(KEY) == doomed
    async with database.units.writing() as unit:
        await unit.ledger.forget(KEY)
        assert await unit.ledger.is_empty()


@pytest.mark.parametrize("state", ["unknown", "staged", "live", "doomed"])
async def test_each_step_is_taken_only_from_the_state_before_it(database: Database, state: str) -> None:
    async with database.units.writing() as unit:
        if state != "unknown":
            await unit.ledger.stage(KEY, NOON)
        if state == "live":
            await unit.ledger.promote(KEY, FACTS, NOON, image=ImageId(7))
        if state == "doomed":
            await unit.ledger.doom(KEY, NOON)
        await unit.commit()
    allowed = {"unknown": set(), "staged": {"promote", "doom"}, "live": {"doom"}, "doomed": {"forget"}}[state]
    for step in ("promote", "doom", "forget"):
        async with database.units.writing() as unit:
            ledger = unit.ledger
            with nullcontext() if step in allowed else pytest.raises(BlobExpired):
                if step == "promote":
                    await ledger.promote(KEY, FACTS, NOON, image=ImageId(7))
                elif step == "doom":
                    await ledger.doom(KEY, NOON)
                else:
                    await ledger.forget(KEY)


async def test_only_what_was_staged_long_ago_expires(database: Database) -> None:
    keys = [BlobKey(name * 32) for name in "abc"]
    async with database.units.writing() as unit:
        await unit.ledger.stage(keys[0], NOON)
        await unit.ledger.stage(keys[1], LATER)
        await unit.ledger.stage(keys[2], NOON)
        await unit.ledger.promote(keys[2], FACTS, NOON, image=ImageId(7))
        assert await unit.ledger.expire(staged_before=LATER, at=LATER) == 1
        states = [record.state for key in keys if (record := await unit.ledger.find(key))]
    assert states == [BlobState.DOOMED, BlobState.STAGED, BlobState.LIVE]


async def test_doomed_keys_come_due_in_order_when_nobody_may_read_them_any_more(database: Database) -> None:
    async with database.units.writing() as unit:
        for name in "dbac":
            await unit.ledger.stage(BlobKey(name * 32), NOON)
            await unit.ledger.doom(BlobKey(name * 32), NOON, readable_until=LATER if name == "c" else None)
        due = await unit.ledger.due(before=NOON, limit=9)
        assert due == []
        just_after = NOON + timedelta(seconds=1)
        first = await unit.ledger.due(before=just_after, limit=2)
        rest = await unit.ledger.due(before=just_after, limit=2, after=first[-1].key)
        late = await unit.ledger.due(before=LATER + timedelta(seconds=1), limit=9)
    assert [[record.key[0] for record in records] for records in (first, rest, late)] == [["a", "b"], ["d"], [*"abcd"]]


async def test_the_store_binding_is_what_was_written_last(database: Database) -> None:
    async with database.units.writing() as unit:
        assert await unit.store_binding.read() is None
        await unit.store_binding.write("one")
        await unit.store_binding.write("two")
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.store_binding.read() == "two"


async def test_what_was_promised_to_readers_is_withdrawn_for_one_picture_only(database: Database) -> None:
    mine, other = ImageId(7), ImageId(8)
    keys = {BlobKey("a" * 32): mine, BlobKey("b" * 32): other}
    async with database.units.writing() as unit:
        for key, image in keys.items():
            await unit.ledger.stage(key, NOON)
            await unit.ledger.promote(key, FACTS, NOON, image=image)
            await unit.ledger.doom(key, NOON, readable_until=LATER)
        await unit.ledger.withdraw(mine)
        until = [record.readable_until for key in keys if (record := await unit.ledger.find(key))]
    assert until == [None, LATER]


async def test_a_writer_that_is_cancelled_at_any_moment_leaves_no_lock(database: Database) -> None:
    owner = await a_user(database)

    async def write() -> None:
        async with database.units.writing() as unit:
            image = await unit.images.add(a_draft(owner, "a.jpg"))
            await unit.images.remove(image)
            await unit.commit()

    for pause in range(60):
        writing = asyncio.create_task(write())
        await asyncio.sleep(pause / 10_000)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(2), database.units.writing() as unit:
            await unit.commit()


# People


async def test_a_username_is_taken_once(database: Database) -> None:
    await a_user(database, "ada")
    async with database.units.writing() as unit:
        with pytest.raises(UsernameTaken):
            await unit.users.add(username="ada", password_hash=None, at=NOON)
        assert await unit.users.find("nobody") is None


async def test_a_users_changes_are_kept(database: Database) -> None:
    await a_user(database, "zoe")
    await a_user(database, "ada")
    async with database.units.writing() as unit:
        user = await unit.users.find("ada")
        assert user is not None
        changed = replace(user, password_hash="$argon2id$x", disabled_at=NOON)
        await unit.users.save(changed)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.users.find("ada") == changed
        assert [user.username for user in await unit.users.list()] == ["ada", "zoe"]


def a_key(user: UserId, name: str = "default", serial: int = 1) -> AccessKeyDraft:
    return AccessKeyDraft(
        user=user,
        name=name,
        serial=Serial(serial.to_bytes(16)),
        scopes=frozenset({Scope.READ, Scope.DELETE}),
        created_at=NOON,
        expires_at=LATER,
    )


async def issued(database: Database, draft: AccessKeyDraft) -> AccessKey:
    async with database.units.writing() as unit:
        key = await unit.access_keys.add(draft)
        await unit.commit()
    return key


async def test_a_key_is_found_by_serial_name_and_number(database: Database) -> None:
    user = await a_user(database)
    key = await issued(database, a_key(user))
    held = await database.lookups.held_key(Serial((1).to_bytes(16)))
    assert held is not None
    assert (held.key, held.is_holder_disabled) == (key, False)
    assert await database.lookups.held_key(Serial(bytes(16))) is None
    async with database.units.reading() as unit:
        assert await unit.access_keys.find(user, "default") == key
        assert await unit.access_keys.get(key.id) == key
        assert await unit.access_keys.list(user) == await unit.access_keys.list(None) == [key]
        for absent in (AccessKeyId(99), AccessKeyId(10**30)):
            with pytest.raises(AccessKeyNotFound):
                await unit.access_keys.get(absent)


async def test_a_key_and_the_stamp_of_a_picture_of_its_holder_are_found_in_one_look(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    key = await issued(database, a_key(ada))
    (mine,), (theirs,) = await stored(database, ada, "a.jpg"), await stored(database, bob, "b.jpg")
    held_stamp, stamped = database.lookups.held_stamp, database.lookups.stamped
    for reference in (ImageReference(id=mine.id), ImageReference(name=mine.name)):
        held, stamp = await held_stamp(key.serial, reference)
        assert held is not None
        assert (held.key, stamp) == (key, ImageStamp(mine.id, mine.version))
        assert stamp is not None
        assert await stamped(ada, stamp) == mine
        with pytest.raises(ImageNotFound):
            await stamped(bob, stamp)
        assert await held_stamp(Serial(bytes(16)), reference) == (None, None)
    for reference in (ImageReference(id=theirs.id), ImageReference(name=theirs.name), ImageReference(id=ImageId(0))):
        held, stamp = await held_stamp(key.serial, reference)
        assert held is not None
        assert stamp is None
    ready = mine.with_variant(mine.variant("small").ready(a_print("c" * 32)))
    ready = ready.with_variant(ready.variant("medium").ready(a_print("d" * 32)))
    for change in (ready, replace(ready, name=ImageName("z.jpg"), version=2)):
        async with database.units.writing() as unit:
            saved = await unit.images.save(change)
            await unit.commit()
        _, stamp = await held_stamp(key.serial, ImageReference(id=mine.id))
        assert stamp == ImageStamp(saved.id, saved.version)
        for _ in range(2):
            assert await stamped(ada, stamp) == saved
        with pytest.raises(ImageNotFound):
            await stamped(bob, stamp)


async def test_a_key_name_is_free_again_once_the_key_is_revoked(database: Database) -> None:
    user = await a_user(database)
    key = await issued(database, a_key(user))
    async with database.units.writing() as unit:
        with pytest.raises(AccessKeyNameTaken):
            await unit.access_keys.add(a_key(user, serial=2))
    async with database.units.writing() as unit:
        await unit.access_keys.save(key.revoked(LATER))
        second = await unit.access_keys.add(a_key(user, serial=2))
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.access_keys.find(user, "default") == second
        assert len(await unit.access_keys.list(user)) == 2


async def test_last_use_only_moves_forward_and_survives_other_changes(database: Database) -> None:
    user = await a_user(database)
    key = await issued(database, a_key(user))
    async with database.units.writing() as unit:
        await unit.access_keys.touch([(key.id, LATER), (AccessKeyId(99), LATER)])
        await unit.access_keys.touch([(key.id, NOON)])
        await unit.access_keys.touch([])
        await unit.access_keys.save(key.rotated(Serial(bytes(16))))
        kept = await unit.access_keys.get(key.id)
    assert kept == replace(key, serial=Serial(bytes(16)), last_used_at=LATER)


async def test_a_key_tells_whether_its_holder_is_disabled(database: Database) -> None:
    user = await a_user(database)
    await issued(database, a_key(user))
    async with database.units.writing() as unit:
        holder = await unit.users.find("ada")
        assert holder is not None
        await unit.users.save(replace(holder, disabled_at=NOON))
        await unit.commit()
    held = await database.lookups.held_key(Serial((1).to_bytes(16)))
    assert held is not None
    assert held.is_holder_disabled


async def test_a_removed_user_takes_their_keys_along(database: Database) -> None:
    user = await a_user(database)
    await issued(database, a_key(user))
    (image,) = await stored(database, user, "a.jpg")
    async with database.units.writing() as unit:
        await unit.images.remove(image)
        await unit.users.remove(user)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.users.list() == []
        assert await unit.access_keys.list(None) == []
    assert await database.lookups.held_key(Serial((1).to_bytes(16))) is None
