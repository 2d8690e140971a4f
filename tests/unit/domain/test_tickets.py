"""What a ticket may allow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import InvalidValue
from domain.model.access.access_key import Serial
from domain.model.images.details import DetailsChange
from domain.model.images.submission import REMEMBERED_FOR
from domain.model.images.ticket import LONGEST_TEXTS, Ticket, TicketId
from kit.fixtures.entities import NOON

TICKET = Ticket(id=TicketId("id"), serial=Serial(bytes(16)), expires_at=NOON + timedelta(hours=1))
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


@pytest.mark.parametrize(
    "ticket",
    [
        TICKET,
        replace(TICKET, expires_at=NOON + DAY, max_bytes=1, name="a.png"),
        replace(TICKET, details=DetailsChange(alt="", tags=["A", "a "], public=True, expires_at=NOON + DAY)),
        replace(TICKET, name="n" * LONGEST_TEXTS),
    ],
)
def test_what_is_allowed(ticket: Ticket) -> None:
    ticket.check(NOON)


@pytest.mark.parametrize(
    ("ticket", "subject"),
    [
        (replace(TICKET, expires_at=NOON), "expires_in"),
        (replace(TICKET, expires_at=NOON + DAY + MOMENT), "expires_in"),
        (replace(TICKET, max_bytes=0), "max_bytes"),
        (replace(TICKET, name=" . "), "name"),
        (replace(TICKET, details=DetailsChange(alt="x" * 1001)), "alt"),
        (replace(TICKET, details=DetailsChange(tags=[""])), "tags"),
        (replace(TICKET, details=DetailsChange(expires_at=NOON)), "image_expires_at"),
        (replace(TICKET, details=DetailsChange(expires_at=TICKET.expires_at)), "image_expires_at"),
        (replace(TICKET, name="n" * (LONGEST_TEXTS - 1), details=DetailsChange(alt="\u00e9")), "ticket"),
    ],
)
def test_what_is_refused(ticket: Ticket, subject: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        ticket.check(NOON)
    assert refused.value.subject == subject


def test_no_ticket_outlives_the_memory_of_its_use() -> None:
    with pytest.raises(InvalidValue):
        replace(TICKET, expires_at=NOON + REMEMBERED_FOR + MOMENT).check(NOON)


def test_no_client_can_send_the_key_of_a_ticket() -> None:
    assert " " in TICKET.submission_key
