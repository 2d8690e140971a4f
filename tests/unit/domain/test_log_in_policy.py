"""How many failed log-ins are accepted."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import TooManyAttempts
from domain.model.access.log_in_policy import DAY, KNOWN_FOR, LogInAttempt, LogInPolicy, Mark, MarkKind, Pseudonym
from kit.fixtures.entities import NOON

POLICY = LogInPolicy()
Marks = dict[Mark, datetime]


def attempt(address: int, name: int = 0) -> LogInAttempt:
    marks = {kind: Mark(kind, Pseudonym(f"{kind} {name} {address}".encode())) for kind in MarkKind}
    return LogInAttempt(
        name=Mark(MarkKind.NAME, Pseudonym(f"{name}".encode())),
        address=Mark(MarkKind.ADDRESS, Pseudonym(f"{address}".encode())),
        pair=marks[MarkKind.PAIR],
        own=marks[MarkKind.OWN],
        known=marks[MarkKind.KNOWN],
    )


def fails(marks: Marks, made: LogInAttempt, at: datetime) -> bool:
    """Whether the attempt may be made; then it fails."""
    try:
        marks |= POLICY.charge(made, marks, at)
    except TooManyAttempts:
        return False
    return True


@given(st.lists(st.tuples(st.integers(0, 49), st.integers(1, 12)), min_size=1, max_size=40))
def test_fifty_addresses_leave_room_for_the_first_attempt_of_another(tries: list[tuple[int, int]]) -> None:
    marks: Marks = {}
    for address, times in tries:
        for _ in range(times):
            fails(marks, attempt(address), NOON)
    for address in range(50):  # those that spare the first attempt for the end
        fails(marks, attempt(address), NOON)
    assert fails(marks, attempt(99), NOON)


@pytest.mark.parametrize("addresses", [1, 5, 50, 500])
def test_a_name_is_guessed_at_less_than_a_hundred_times_in_any_day(addresses: int) -> None:
    random, marks, made = Random(addresses), Marks(), list[datetime]()
    marks[attempt(0).known] = NOON + KNOWN_FOR  # one of them is behind an address of the user
    for half_hour in range(2 * 48):
        at = NOON + timedelta(minutes=30 * half_hour)
        for _ in range(100 if half_hour == 0 else 5):
            for address in (0, random.randrange(addresses)):
                if fails(marks, attempt(address), at):
                    made.append(at)
    assert max(sum(at <= each < at + DAY for each in made) for at in made) in range(20, 100)


def test_fifty_addresses_that_go_on_for_a_month_leave_room_every_day() -> None:
    marks: Marks = {}
    for step in range(30 * 4):
        at = NOON + timedelta(hours=6 * step)
        for address in range(50):
            fails(marks, attempt(address), at)
        assert fails(dict(marks), attempt(99), at)


def test_a_known_address_has_failures_of_its_own_and_then_those_of_a_stranger() -> None:
    made, marks = attempt(0), {attempt(0).known: NOON + KNOWN_FOR}
    assert [fails(marks, made, NOON) for _ in range(20)] == [True] * 18 + [False] * 2
    exhausted = {attempt(0).known: NOON + KNOWN_FOR, made.name: NOON + 100 * DAY, made.address: NOON + 100 * DAY}
    assert fails(exhausted, made, NOON)
    assert not fails(exhausted | {made.known: NOON}, made, NOON)


def test_a_refund_leaves_what_was_before_and_a_wait_is_long_enough() -> None:
    made, marks = attempt(0), Marks()
    while fails(marks, made, NOON):
        before = dict(marks)
    charged = POLICY.charge(made, {}, NOON)
    assert {mark: POLICY.refund(mark, until) for mark, until in charged.items()} == dict.fromkeys(charged, NOON)
    with pytest.raises(TooManyAttempts) as refused:
        POLICY.charge(made, before, NOON)
    later = NOON + timedelta(seconds=refused.value.seconds)
    assert not fails(dict(before), made, later - timedelta(seconds=2))
    assert fails(dict(before), made, later)


def test_a_policy_of_few_failures_lets_some_through() -> None:
    made = attempt(0)
    marks = LogInPolicy(per_name=1, per_address=1).charge(made, {}, NOON)
    assert set(marks) == {made.name, made.address, made.pair}
