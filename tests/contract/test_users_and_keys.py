"""The contracts of UserRepository, AccessKeyRepository and the look-ups by key, on every database."""

from dataclasses import replace

import pytest

from domain.errors import (
    AccessKeyNameTaken,
    AccessKeyNotFound,
    ImageNotFound,
    UsernameTaken,
)
from domain.model.access.access_key import AccessKey, AccessKeyDraft, AccessKeyId, Scope, Serial
from domain.model.access.user import UserDraft, UserId
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.pixels.compression import CompressionMode
from domain.ports.database.lookups import ImageVersion, KeyAndUser
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, a_made_variant
from kit.fixtures.repositories import LATER, a_user, stored

pytestmark = pytest.mark.anyio


async def test_a_username_is_unique(database: Database) -> None:
    await a_user(database, "ada")
    async with database.units.writing() as unit:
        with pytest.raises(UsernameTaken):
            await unit.users.add(UserDraft(username="ada", created_at=NOON))
    async with database.units.reading() as unit:
        assert await unit.users.find("nobody") is None
        assert await unit.users.find("no\0body") is None


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
    held = await database.lookups.find_key(Serial((1).to_bytes(16)))
    assert held is not None
    assert (held.key, held.is_user_disabled) == (key, False)
    assert await database.lookups.find_key(Serial(bytes(16))) is None
    async with database.units.reading() as unit:
        assert await unit.access_keys.find(user, "default") == key
        assert await unit.access_keys.get(key.id) == key
        assert await unit.access_keys.list(user) == await unit.access_keys.list(None) == [key]
        for absent in (AccessKeyId(99), AccessKeyId(10**30)):
            with pytest.raises(AccessKeyNotFound):
                await unit.access_keys.get(absent)


async def test_a_key_and_the_version_of_an_image_of_its_user_are_read_together(database: Database) -> None:
    ada, bob = await a_user(database, "ada"), await a_user(database, "bob")
    key = await issued(database, a_key(ada))
    (mine,), (other,) = await stored(database, ada, "a.jpg"), await stored(database, bob, "b.jpg")
    find_key_and_image, stamped = database.lookups.find_key_and_image, database.lookups.stamped
    for reference in (ImageReference(id=mine.id), ImageReference(name=mine.name)):
        held, stamp = await find_key_and_image(key.serial, reference)
        assert held is not None
        assert (held.key, stamp) == (key, ImageVersion(mine.id, mine.version))
        assert stamp is not None
        assert await stamped(ada, stamp) == mine
        with pytest.raises(ImageNotFound):
            await stamped(bob, stamp)
        assert await find_key_and_image(Serial(bytes(16)), reference) == (None, None)
    for reference in (ImageReference(id=other.id), ImageReference(name=other.name), ImageReference(id=ImageId(0))):
        held, stamp = await find_key_and_image(key.serial, reference)
        assert held is not None
        assert stamp is None
    ready = mine.with_variant(mine.variant("small").ready(a_made_variant("c" * 32)))
    ready = ready.with_variant(ready.variant("medium").ready(a_made_variant("d" * 32)))
    for change in (ready, replace(ready, name=ImageName("z.jpg"), version=2)):
        async with database.units.writing() as unit:
            saved = await unit.images.save(change)
            await unit.commit()
        _, stamp = await find_key_and_image(key.serial, ImageReference(id=mine.id))
        assert stamp == ImageVersion(saved.id, saved.version)
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


@pytest.mark.parametrize("mode", [*CompressionMode, None])
async def test_the_compression_mode_of_a_key_can_be_changed(database: Database, mode: CompressionMode | None) -> None:
    key = await issued(database, replace(a_key(await a_user(database)), compression=mode))
    assert key.compression is mode
    for now in (key, key.compressing(CompressionMode.OFF), key.compressing(mode), key.compressing(None)):
        if now is not key:
            async with database.units.writing() as unit:
                await unit.access_keys.save(now)
                await unit.commit()
        async with database.units.reading() as unit:
            assert await unit.access_keys.get(key.id) == now
        held = KeyAndUser(now, is_user_disabled=False)
        assert await database.lookups.find_key(key.serial) == held
        assert await database.lookups.find_key_and_image(key.serial, ImageReference(id=ImageId(0))) == (held, None)


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


async def test_a_key_shows_whether_its_user_is_disabled(database: Database) -> None:
    user = await a_user(database)
    await issued(database, a_key(user))
    async with database.units.writing() as unit:
        ada = await unit.users.find("ada")
        assert ada is not None
        await unit.users.save(replace(ada, disabled_at=NOON))
        await unit.commit()
    held = await database.lookups.find_key(Serial((1).to_bytes(16)))
    assert held is not None
    assert held.is_user_disabled


async def test_the_keys_of_a_removed_user_are_removed(database: Database) -> None:
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
    assert await database.lookups.find_key(Serial((1).to_bytes(16))) is None
