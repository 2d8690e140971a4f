"""The contracts of AuditTable and AuditTrail, on every database, and what units of work note."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.audit.audited_units import AuditedUnits
from domain.errors import ReadOnly
from domain.model.access.access_key import ALL_SCOPES, AccessKeyDraft, AccessKeyId, Serial
from domain.model.access.user import UserDraft, UserId
from domain.model.audit.record import SERVICE, Action, Actor, ActorKind, AuditFilter, AuditRecord, Deed
from domain.model.images.details import ImageDetails, Slug
from domain.model.images.naming import ImageId, ImageName
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON, SetClock, a_draft, a_made_variant
from kit.fixtures.repositories import LATER

pytestmark = pytest.mark.anyio

ACTOR = Actor(kind=ActorKind.KEY, user=UserId(3), key=AccessKeyId(5), address="192.0.2.7")
DEED = Deed(Action.IMAGE_STORED, UserId(3), "image 9", "caf\u00e9.png")
RECORDS = [
    AuditRecord(NOON, ACTOR, DEED),
    AuditRecord(LATER, SERVICE, Deed(Action.IMAGE_DELETED, UserId(4), "image 8", "b.png")),
    AuditRecord(LATER, Actor(kind=ActorKind.CLI, name="root"), Deed(Action.MAINTENANCE_BEGUN)),
]


async def listed(database: Database, limit: int = 99, **which: object) -> list[AuditRecord]:
    async with database.units.reading() as unit:
        return list(await unit.audit.list(AuditFilter(**which), limit=limit))  # type: ignore[arg-type]  # by name


async def test_records_are_kept_exactly_and_found(database: Database) -> None:
    async with database.units.writing() as unit:
        await unit.audit.add(RECORDS)
    assert await listed(database) == []
    async with database.units.writing() as unit:
        await unit.audit.add(RECORDS)
        await unit.commit()
    assert await listed(database) == RECORDS
    assert await listed(database, limit=2) == RECORDS[1:]
    assert await listed(database, user=UserId(3)) == RECORDS[:1]
    assert await listed(database, action=Action.IMAGE_DELETED) == RECORDS[1:2]
    assert await listed(database, since=LATER) == RECORDS[1:]
    assert await listed(database, since=LATER, user=UserId(3)) == []


async def test_old_records_are_removed(database: Database) -> None:
    async with database.units.writing() as unit:
        await unit.audit.add(RECORDS)
        assert await unit.audit.expire(before=NOON) == 0
        assert await unit.audit.expire(before=LATER) == 1
        await unit.commit()
    assert await listed(database) == RECORDS[1:]


async def test_names_of_an_image_are_taken_out_of_records_and_these_stay(database: Database) -> None:
    async with database.units.writing() as unit:
        await unit.audit.add(RECORDS)
        await unit.audit.redact_image(ImageId(9))
        await unit.commit()
    assert await listed(database) == [replace(RECORDS[0], deed=replace(DEED, detail="")), *RECORDS[1:]]


async def test_names_and_addresses_of_a_user_are_taken_out_of_records_and_these_stay(database: Database) -> None:
    by_ada = AuditRecord(LATER, ACTOR, Deed(Action.IMAGE_DELETED, UserId(4), "image 8", "of another user"))
    async with database.units.writing() as unit:
        await unit.audit.add([*RECORDS, by_ada])
        await unit.audit.redact_user(UserId(3))
        await unit.commit()
    nowhere = replace(ACTOR, address="")
    assert await listed(database) == [
        AuditRecord(NOON, nowhere, replace(DEED, detail="")),
        *RECORDS[1:],
        replace(by_ada, actor=nowhere),
    ]


def audited(database: Database, *, in_table: bool = True, in_log: bool = False) -> AuditedUnits:
    return AuditedUnits(database.units, SetClock(), lambda: ACTOR, in_table=in_table, in_log=in_log)


def actions(records: list[AuditRecord]) -> list[str]:
    return [record.deed.action.value for record in records]


async def do_everything(units: AuditedUnits) -> None:
    async with units.writing() as unit:
        user = await unit.users.add(UserDraft(username="ada", created_at=NOON))
        draft = AccessKeyDraft(
            user=user.id, name="a", serial=Serial(bytes(16)), scopes=ALL_SCOPES, created_at=NOON, expires_at=None
        )
        key = await unit.access_keys.add(draft)
        image = await unit.images.add(a_draft(user.id))
        await unit.commit()
    async with units.writing() as unit:
        image = await unit.images.get(image.id)
        image = await unit.images.save(image.with_variant(image.variant("small").ready(a_made_variant("v" * 32))))
        image = await unit.images.save(replace(image, name=ImageName("new.png")))
        image = await unit.images.save(image.described(ImageDetails(slug=Slug("s" * 22), alt="text")))
        image = await unit.images.save(image.described(ImageDetails(alt="text")))
        await unit.images.remove(image)
        found = await unit.users.find("ada")
        assert found is not None
        await unit.users.save(replace(found, disabled_at=NOON))
        await unit.users.save(replace(found, password_hash="x"))
        key = await unit.access_keys.get(key.id)
        await unit.access_keys.save(key.rotated(Serial(b"y" * 16)))
        await unit.access_keys.save(key.revoked(NOON))
        await unit.access_keys.touch([(key.id, NOON)])
        await unit.users.remove(found.id)
        await unit.commit()


EVERYTHING = [
    "user.added", "key.issued", "image.stored", "image.renamed", "image.published", "image.described", "image.withdrawn",
    "image.deleted", "user.disabled", "user.password-set", "user.enabled", "key.rotated", "key.revoked", "user.removed",
]  # fmt: skip


async def test_what_is_done_is_noted_with_it(database: Database) -> None:
    await do_everything(audited(database))
    records = await listed(database)
    assert sorted(actions(records)) == sorted(EVERYTHING)
    assert {record.actor for record in records} == {ACTOR}
    assert "x" not in {record.deed.detail for record in records}


async def test_what_is_undone_is_not_noted(database: Database) -> None:
    units = audited(database)
    async with units.writing() as unit:
        await unit.users.add(UserDraft(username="ada", created_at=NOON))
    async with units.writing() as unit:
        await unit.commit()
    assert await listed(database) == []


async def test_each_deed_is_a_line_of_the_log(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "calotype.audit"):
        await do_everything(audited(database, in_table=False, in_log=True))
        await audited(database, in_table=False, in_log=True).note(DEED)
    lines = [record for record in caplog.records if record.name == "calotype.audit"]
    assert sorted(line.getMessage().split()[0] for line in lines) == sorted([*EVERYTHING, "image.stored"])
    assert "by='key' by_user=3 by_key=5 address='192.0.2.7'" in lines[-1].getMessage()
    assert await listed(database) == []


async def test_what_stores_nothing_is_noted_by_itself_and_not_in_maintenance(database: Database) -> None:
    units = audited(database)
    await units.note(DEED)
    [record] = await listed(database)
    assert (record.actor, record.deed) == (ACTOR, DEED)
    async with units.writing(in_maintenance=True) as unit:
        await unit.maintenance.begin(datetime.now(NOON.tzinfo) - timedelta(days=1))
        await unit.commit()
    assert actions(await listed(database))[1:] == ["maintenance.begun"]
    with pytest.raises(ReadOnly):
        await units.note(DEED)
