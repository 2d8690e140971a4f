"""Tickets: one image is stored by each, whatever happens on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.system.key_uses import RecentKeyUses
from adapters.system.tickets import HmacTickets
from adapters.system.tokens import HmacTokens
from domain.errors import (
    BlobStoreUnavailable,
    CalotypeError,
    DatabaseUnavailable,
    InvalidToken,
    ScopeMissing,
    TicketExpired,
    TicketInvalid,
    TicketUsed,
    UndecodableImage,
)
from domain.model.access.access_key import ALL_SCOPES, AccessKey, AccessKeyDraft, Scope, Serial
from domain.model.access.user import UserDraft
from domain.model.images.details import DetailsChange
from domain.model.images.image import Image
from domain.model.images.naming import ImageReference
from domain.use_cases.access.authenticate import Authenticate
from domain.use_cases.images.tickets.issue_ticket import IssueTicket
from domain.use_cases.images.tickets.use_ticket import UseTicket
from kit.fixtures.application import Application
from kit.fixtures.faults import Crash, FaultPlan
from kit.images.samples import sample_image

pytestmark = pytest.mark.anyio

OpenApplication = Callable[[FaultPlan], Application]
SAMPLE, OTHER = (sample_image(seed=seed) for seed in (1, 2))
SERIAL, TOKENS, TICKETS = Serial(b"s" * 16), HmacTokens([b"x" * 32]), HmacTickets([b"y" * 32])
TOKEN = TOKENS.derive(SERIAL)


class Desk:
    """An application with one user and one access key, where tickets are issued and used."""

    def __init__(self, application: Application) -> None:
        self.application = application
        lookups = application.lookups
        authenticate = Authenticate(TOKENS, lookups, RecentKeyUses(), application.clock)
        self.issue = IssueTicket(authenticate, TICKETS, application.random_values)
        self.use = UseTicket(authenticate, lookups, TICKETS, application.store_image)

    async def opened(self, scopes: frozenset[Scope] = ALL_SCOPES) -> "Desk":
        now = self.application.clock.at
        async with self.application.units.writing() as unit:
            self.user = await unit.users.add(UserDraft(username="ada", created_at=now))
            draft = AccessKeyDraft(user=self.user.id, name="key", serial=SERIAL, scopes=scopes, created_at=now)
            self.key: AccessKey = await unit.access_keys.add(draft)
            await unit.commit()
        return self

    async def ticket(self, **wanted: object) -> str:
        text, _ = await self.issue(TOKEN, **wanted)  # type: ignore[arg-type]  # each test gives what it needs
        return text

    async def send(self, text: str, data: bytes = SAMPLE, name: str = "sample.png") -> Image:
        ticket, _ = await self.use.open(text)
        async with self.application.staging.receive() as writer:
            await writer.write(data)
            image = await self.use(ticket, await writer.finish(), name)
        self.application.acknowledged[image.id] = image.original.facts.digest
        return image

    async def revoke(self) -> None:
        async with self.application.units.writing() as unit:
            await unit.access_keys.save(self.key.revoked(self.application.clock.at))
            await unit.commit()

    async def rotate(self) -> None:
        async with self.application.units.writing() as unit:
            await unit.access_keys.save(self.key.rotated(Serial(b"t" * 16)))
            await unit.commit()

    async def disable(self) -> None:
        async with self.application.units.writing() as unit:
            await unit.users.save(replace(self.user, disabled_at=self.application.clock.at))
            await unit.commit()


@pytest.fixture
async def desk(application: Application) -> Desk:
    return await Desk(application).opened()


async def test_a_file_is_stored_with_the_name_and_the_details_of_the_ticket(desk: Desk) -> None:
    until = desk.application.clock.at + timedelta(days=9)
    details = DetailsChange(alt="A cat", tags=["Pet", "cat"], public=True, expires_at=until)
    image = await desk.send(await desk.ticket(name="cat.jpg", details=details))
    assert (image.user, image.name) == (desk.user.id, "cat.png")
    assert (image.details.alt, image.details.tags, image.details.expires_at) == ("A cat", ("cat", "pet"), until)
    assert image.details.is_public
    plain = await desk.send(await desk.ticket(), name="mine.png")
    assert (plain.name, plain.details.is_public) == ("mine.png", False)
    await desk.application.settle()


async def test_the_same_file_again_is_answered_alike_and_another_is_refused(desk: Desk) -> None:
    text = await desk.ticket()
    first = await desk.send(text)
    await desk.application.make_pending()
    assert await desk.send(text) == first
    with pytest.raises(TicketUsed):
        await desk.send(text, OTHER)
    other = await desk.ticket()
    assert (await desk.send(other, OTHER)).id != first.id
    assert len(desk.application.images()) == 2


async def test_of_two_files_at_the_same_moment_one_is_stored(desk: Desk) -> None:
    text = await desk.ticket()
    outcomes = await asyncio.gather(*(desk.send(text, data) for data in (SAMPLE, OTHER) * 3), return_exceptions=True)
    (image,) = desk.application.images()
    assert outcomes.count(image) == 3
    assert [type(each) for each in outcomes if each != image] == [TicketUsed] * 3
    await desk.application.settle()


async def test_a_ticket_whose_image_is_deleted_or_replaced_stays_used(desk: Desk) -> None:
    texts = [await desk.ticket(), await desk.ticket()]
    deleted, replaced = [await desk.send(text) for text in texts]
    async with desk.application.units.writing() as unit:
        await desk.application.lifecycle.remove(unit, deleted, desk.application.clock.at)
        await unit.commit()
    del desk.application.acknowledged[deleted.id]
    with pytest.raises(TicketUsed):
        await desk.send(texts[0])
    await desk.application.replace(ImageReference(id=replaced.id), OTHER)
    with pytest.raises(TicketUsed):
        await desk.send(texts[1])


async def test_the_same_file_again_is_answered_after_it_was_compressed_again(desk: Desk) -> None:
    text = await desk.ticket()
    first = await desk.send(text)
    await desk.application.recompress(first)
    assert (await desk.send(text)).id == first.id


async def test_a_file_that_is_refused_leaves_the_ticket_unused(desk: Desk) -> None:
    text = await desk.ticket()
    with pytest.raises(UndecodableImage):
        await desk.send(text, b"garbage")
    await desk.send(text)


async def test_an_expired_ticket_is_refused(desk: Desk) -> None:
    text = await desk.ticket(lifetime=timedelta(hours=24))
    first = await desk.send(text)
    desk.application.clock.advance(hours=24, microseconds=-1)
    await desk.application.forget_submissions()
    assert await desk.send(text) == first, "it is known that it was used for as long as it is valid"
    desk.application.clock.advance(microseconds=1)
    with pytest.raises(TicketExpired):
        await desk.send(text)


@pytest.mark.parametrize("end", [Desk.revoke, Desk.rotate, Desk.disable])
async def test_a_ticket_ends_with_its_key_also_during_the_upload(
    desk: Desk, end: Callable[[Desk], Awaitable[None]]
) -> None:
    text = await desk.ticket()
    ticket, _ = await desk.use.open(text)
    await end(desk)
    async with desk.application.staging.receive() as writer:
        await writer.write(SAMPLE)
        with pytest.raises(TicketInvalid):
            await desk.use(ticket, await writer.finish(), "a.png")
    with pytest.raises(TicketInvalid):
        await desk.use.open(text)
    with pytest.raises(InvalidToken):
        await desk.ticket()


async def test_a_key_that_may_not_write_issues_no_ticket(application: Application) -> None:
    desk = await Desk(application).opened(frozenset({Scope.READ, Scope.DELETE}))
    with pytest.raises(ScopeMissing):
        await desk.ticket()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after it took effect"])
@pytest.mark.parametrize("failure", [Crash, DatabaseUnavailable, BlobStoreUnavailable])
async def test_an_upload_that_failed_at_any_call_is_stored_once_when_repeated(
    open_application: OpenApplication, failure: Callable[[], BaseException], *, after: bool
) -> None:
    desk = await Desk(open_application(FaultPlan())).opened()
    begun = desk.application.faults.calls
    await desk.send(await desk.ticket())
    failed = 0
    for call in range(begun + 1, desk.application.faults.calls + 1):
        trial = await Desk(open_application(FaultPlan(fail_at=call, failure=failure, after=after))).opened()
        text = await trial.ticket()
        try:
            await trial.send(text)
        except (Crash, CalotypeError):
            failed += 1
        image = await trial.send(text)
        assert [each.id for each in trial.application.images()] == [image.id]
        with pytest.raises(TicketUsed):
            await trial.send(text, OTHER)
        await trial.application.settle()
    assert failed > 5
