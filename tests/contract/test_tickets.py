"""The contract of Tickets."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.system.tickets import HmacTickets
from domain.errors import InvalidValue, TicketInvalid
from domain.model.access.access_key import Serial
from domain.model.images.details import LONGEST_ALT, LONGEST_TAG, MOST_TAGS, DetailsChange
from domain.model.images.naming import LARGEST_INTEGER
from domain.model.images.ticket import LONGEST_TEXTS, Ticket, TicketId
from domain.ports.auth import Tickets
from kit.fixtures.entities import NOON

OLD, NEW, ALIEN = b"o" * 32, b"n" * 32, b"a" * 32
TICKETS: Tickets = HmacTickets([NEW])
SMALLEST = Ticket(id=TicketId("i" * 22), serial=Serial(bytes(range(16))), expires_at=NOON + timedelta(hours=1))
FULL = replace(
    SMALLEST,
    max_bytes=LARGEST_INTEGER,
    name="caf\u00e9.png",
    details=DetailsChange(alt="\u732b", tags=("a", "b"), public=True, expires_at=NOON + timedelta(days=1)),
)
TEXTS = st.text()


@pytest.mark.parametrize("ticket", [SMALLEST, FULL], ids=["smallest", "full"])
def test_a_ticket_is_opened_as_it_was_sealed(ticket: Ticket) -> None:
    assert TICKETS.open(TICKETS.seal(ticket)) == ticket
    assert "\\x0e" not in repr(ticket), "the serial is in no log"


@given(TEXTS, TEXTS, st.lists(TEXTS))
def test_texts_are_kept_exactly(name: str, alt: str, tags: list[str]) -> None:
    ticket = replace(SMALLEST, name=name, details=DetailsChange(alt=alt, tags=tuple(tags)))
    assert TICKETS.open(TICKETS.seal(ticket)) == ticket


@given(
    st.text('ab\u732b\U0001f408 \\"\n', max_size=LONGEST_ALT), st.integers(0, MOST_TAGS), st.integers(1, LONGEST_TAG)
)
def test_a_ticket_that_may_be_issued_fits_into_a_url(alt: str, tags: int, length: int) -> None:
    details = DetailsChange(alt=alt, tags=tuple(f"{number:0{length}d}"[-length:] for number in range(tags)))
    ticket = replace(FULL, name="n", details=replace(details, expires_at=FULL.details.expires_at))
    try:
        ticket.check(NOON)
    except InvalidValue:
        return
    assert len(TICKETS.seal(ticket)) <= 2800


def test_the_longest_ticket_fits_into_a_url() -> None:
    longest = replace(
        FULL,
        name="n" * (LONGEST_TEXTS - 2 * MOST_TAGS),
        details=DetailsChange(tags=[f"{n:02d}" for n in range(MOST_TAGS)]),
    )
    longest.check(NOON)
    assert 2400 < len(TICKETS.seal(longest)) <= 2800


def test_no_single_character_of_a_ticket_can_be_changed() -> None:
    text = TICKETS.seal(FULL)
    for place in range(len(text)):
        for other in ("A", "z", "_", ".", "=", "\u00e9", "", text[place] * 2):
            if other != text[place]:
                with pytest.raises(TicketInvalid):
                    TICKETS.open(text[:place] + other + text[place + 1 :])


@given(st.text())
def test_other_texts_are_refused(text: str) -> None:
    for each in (text, f"{text}.{text}", f"{TICKETS.seal(SMALLEST)}{text or '='}"):
        with pytest.raises(TicketInvalid):
            TICKETS.open(each)


def test_while_secrets_are_rotated_old_tickets_are_valid_and_others_never() -> None:
    rotating = HmacTickets([NEW, OLD])
    assert rotating.open(HmacTickets([OLD]).seal(FULL)) == FULL
    assert rotating.seal(FULL) == TICKETS.seal(FULL)
    with pytest.raises(TicketInvalid):
        rotating.open(HmacTickets([ALIEN]).seal(FULL))
