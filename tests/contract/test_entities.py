"""Every field of every entity can be stored and read back, on every database and by every way to read it.

No sample leaves a field at its default, so a new field fails the test if an adapter drops it or a sample lacks it.
"""

from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.model.access.access_key import AccessKey, AccessKeyDraft, Scope, Serial
from domain.model.access.user import User, UserDraft, UserId
from domain.model.images.details import ImageDetails, Slug, Tag
from domain.model.images.image import Image, ImageDraft, Original
from domain.model.images.naming import ImageId, ImageName, ImageReference
from domain.model.images.page import PageRequest
from domain.model.images.submission import Fingerprint, Submission, SubmissionKey
from domain.model.images.variant import MadeVariant, Variant, VariantState
from domain.model.jobs.job import JobDraft, JobKind, JobState
from domain.model.pixels.compression import CompressionMode
from domain.model.pixels.geometry import Dimensions
from domain.model.pixels.media import ImageFormat
from domain.model.pixels.receipt import Part, Receipt
from domain.model.pixels.source import Origin, SourceFormat
from domain.model.remote.remote_url import RemoteUrl
from domain.model.storage.blob import Alternative, BlobFacts, BlobKey, Digest
from domain.model.storage.store_move import Binding, MovePhase, StoreMove
from domain.model.webhooks.event import EventType
from domain.model.webhooks.webhook import WebhookDraft
from kit.fixtures.adapters import Database
from kit.fixtures.entities import NOON

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

pytestmark = pytest.mark.anyio


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


RECEIPT = Receipt(
    mode=CompressionMode.HIGH,
    codec="jpegli",
    lossless=False,
    uploaded_size=5000,
    size=1000,
    score=91.5,
    lowest=88.25,
    metric="ssimulacra2",
    dropped=(Part.GAIN_MAP, Part.PAGES),
)
ORIGINAL = Original(
    key=BlobKey("a" * 32),
    facts=BlobFacts(digest=Digest("1" * 64), size=1000, media_type="image/webp"),
    format=ImageFormat.WEBP,
    dimensions=Dimensions(640, 480),
    frames=3,
    thumbhash="3OcRJYB4d3h/iIeHeEh3eIhw+j2w",
    receipt=RECEIPT,
    uploaded=Digest("3" * 64),
    origin=Origin(format=SourceFormat.HEIC, pages=3),
)
DETAILS = ImageDetails(
    alt="A cat", tags=(Tag("100%_!"), Tag("cat")), slug=Slug("s" * 22), expires_at=datetime(2030, 1, 2, tzinfo=UTC)
)
MADE = MadeVariant(
    key=BlobKey("b" * 32),
    facts=BlobFacts(digest=Digest("2" * 64), size=77, media_type="image/jpeg"),
    format=ImageFormat.JPEG,
    dimensions=Dimensions(133, 100),
    made_at=after(3),
    alternative=Alternative(BlobKey("c" * 32), BlobFacts(digest=Digest("4" * 64), size=55, media_type="image/avif")),
)
VARIANT = Variant(
    name="small",
    recipe="cover 100x80 auto",
    state=VariantState.FAILED,
    attempts=4,
    due=after(4),
    failure="worker-died",
    made=MADE,
)
DRAFT = ImageDraft(
    user=UserId(1),
    name=ImageName("a.webp"),
    original=ORIGINAL,
    variants=(VARIANT,),
    created_at=after(1),
    details=DETAILS,
    sent_name=ImageName("a.heic"),
)


def complete(entity: object) -> object:
    """``entity``, after checking that no field of it, or of its parts, has its default value."""
    assert is_dataclass(entity)
    for each in fields(entity):
        value = getattr(entity, each.name)
        assert each.default is MISSING or value != each.default, f"give {type(entity).__name__}.{each.name} a value"
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part):
                complete(part)
    return entity


def values(*, of: "DataclassInstance", on: object) -> dict[str, object]:
    """Of each field of ``of``, the value that it has in ``on``."""
    return {each.name: getattr(on, each.name) for each in fields(of)}


def test_a_sample_that_lacks_a_field_is_noticed() -> None:
    @dataclass(frozen=True)
    class Captioned(ImageDraft):
        caption: str = ""

    draft = Captioned(**values(of=DRAFT, on=DRAFT))  # type: ignore[arg-type]  # they are the fields of its base class
    with pytest.raises(AssertionError, match=r"Captioned\.caption"):
        complete(draft)


async def stored_user(database: Database) -> User:
    async with database.units.writing() as unit:
        user = await unit.users.add(UserDraft(username="ada", password_hash="$argon2id$x", created_at=after(1)))
        await unit.commit()
    return user


async def test_a_user(database: Database) -> None:
    added = await stored_user(database)
    assert added == User(id=added.id, username="ada", password_hash="$argon2id$x", created_at=after(1))
    async with database.units.reading() as unit:
        assert await unit.users.list() == [added]
    saved = replace(added, username="eve", password_hash="$argon2id$y", created_at=after(2), disabled_at=after(3))
    complete(saved)
    async with database.units.writing() as unit:
        await unit.users.save(saved)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.users.list() == [saved]
        assert await unit.users.find("eve") == saved


async def test_an_access_key(database: Database) -> None:
    user = await stored_user(database)
    draft = AccessKeyDraft(
        user=user.id,
        name="phone",
        serial=Serial(bytes(range(16))),
        scopes=frozenset({Scope.READ}),
        created_at=after(1),
        expires_at=after(2),
        compression=CompressionMode.LOSSLESS,
    )
    complete(draft)
    async with database.units.writing() as unit:
        added = await unit.access_keys.add(draft)
        await unit.commit()
    assert values(of=draft, on=added) == values(of=draft, on=draft)
    used = AccessKey(
        id=added.id,
        user=user.id,
        name="tablet",
        serial=Serial(bytes(range(16, 32))),
        scopes=frozenset({Scope.WRITE, Scope.DELETE}),
        created_at=after(3),
        expires_at=after(4),
        revoked_at=after(5),
        last_used_at=after(6),
        compression=CompressionMode.HIGH,
    )
    complete(used)
    async with database.units.reading() as unit:
        assert await unit.access_keys.get(added.id) == added
    async with database.units.writing() as unit:
        await unit.access_keys.save(used)
        await unit.access_keys.touch([(used.id, after(6))])
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.access_keys.get(added.id) == used
    held = await database.lookups.find_key(used.serial)
    assert held is not None
    assert held.key == used


async def test_an_image(database: Database) -> None:
    user = await stored_user(database)
    draft = replace(DRAFT, user=user.id)
    complete(draft)
    async with database.units.writing() as unit:
        added = await unit.images.add(draft)
        await unit.commit()
    assert values(of=draft, on=added) == values(of=draft, on=draft)
    await check_read(database, added)
    changed = Image(
        id=added.id,
        user=user.id,
        name=ImageName("b.gif"),
        original=replace(ORIGINAL, format=ImageFormat.GIF, facts=replace(ORIGINAL.facts, media_type="image/gif")),
        variants=(
            VARIANT,
            replace(VARIANT, name="wide", recipe="inside 200x png", made=replace(MADE, key=BlobKey("c"))),
        ),
        created_at=after(2),
        updated_at=after(5),
        version=added.version,
        details=replace(DETAILS, alt="A dog", tags=(Tag("dog"),)),
        sent_name=ImageName("b.tif"),
    )
    async with database.units.writing() as unit:
        saved = await unit.images.save(changed)
        await unit.commit()
    assert saved == replace(changed, version=added.version + 1)
    complete(saved)
    await check_read(database, saved)


async def check_read(database: Database, image: Image) -> None:
    """Assert that each way to read the image returns it unchanged."""
    async with database.units.reading() as unit:
        assert await unit.images.get(image.id) == image
    assert await database.lookups.image(image.user, ImageReference(id=image.id)) == image
    assert (await database.catalogue.page(image.user, PageRequest(limit=1))).items == [image]


async def test_a_submission(database: Database) -> None:
    user = await stored_user(database)
    submission = Submission(key=SubmissionKey("key"), fingerprint=Fingerprint("f" * 64), image=ImageId(7), at=after(1))
    complete(submission)
    async with database.units.writing() as unit:
        await unit.submissions.add(user.id, submission)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.submissions.find(user.id, submission.key) == submission


async def test_a_webhook(database: Database) -> None:
    user = await stored_user(database)
    draft = WebhookDraft(
        user=user.id,
        url=RemoteUrl.parse("https://example.org:8443/hook?a=%C3%A9"),
        events=frozenset({EventType.IMAGE_STORED, EventType.VARIANT_FAILED}),
        serial=Serial(bytes(range(16))),
        created_at=after(1),
    )
    complete(draft)
    async with database.units.writing() as unit:
        added = await unit.webhooks.add(draft)
        await unit.commit()
    assert values(of=draft, on=added) == values(of=draft, on=draft)
    async with database.units.reading() as unit:
        assert await unit.webhooks.find(added.id) == added
        assert await unit.webhooks.list(user.id) == await unit.webhooks.list(None) == [added]


async def test_a_line_of_the_ledger(database: Database) -> None:
    key = BlobKey("d" * 32)
    async with database.units.writing() as unit:
        await unit.ledger.stage(key, after(1))
        await unit.ledger.promote(key, MADE.facts, after(2), image=ImageId(7), alternative=MADE.alternative)
        await unit.ledger.doom(key, after(3), readable_until=after(4))
        await unit.commit()
    async with database.units.reading() as unit:
        record = await unit.ledger.find(key)
    assert record is not None
    complete(record)
    assert (record.since, record.staged_at, record.facts) == (after(3), after(1), MADE.facts)
    assert (record.alternative, record.readable_until) == (MADE.alternative, after(4))
    assert await database.lookups.linked_blob(key) == record


async def test_the_binding_to_a_store(database: Database) -> None:
    binding = Binding("ours", StoreMove(target="theirs", phase=MovePhase.MOVING, since=after(1)))
    complete(binding)
    async with database.units.writing() as unit:
        await unit.store_binding.write(binding)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.store_binding.read() == binding


async def test_a_job(database: Database) -> None:
    draft = JobDraft(kind=JobKind("send"), payload="7", subject="webhook 7", created_at=after(1))
    complete(draft)
    async with database.units.writing() as unit:
        added = await unit.jobs.add(draft)
        await unit.commit()
    assert values(of=draft, on=added) == values(of=draft, on=draft)
    failed = replace(added, state=JobState.FAILED, attempts=3, due=after(2), failure="refused")
    complete(failed)
    async with database.units.reading() as unit:
        assert await unit.jobs.find(added.id) == added
    async with database.units.writing() as unit:
        await unit.jobs.save(failed)
        await unit.commit()
    async with database.units.reading() as unit:
        assert await unit.jobs.find(added.id) == failed
        assert await unit.jobs.list(states=frozenset({JobState.FAILED}), limit=5) == [failed]
