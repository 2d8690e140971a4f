"""Rates of access keys."""

import pytest

from domain.model.access.access_key import Serial
from entrypoints.http.admission.rates import KEYS, Rate, Rates, Standing
from entrypoints.http.protocol.errors import RateExceeded

FIRST, SECOND = Serial(b"1" * 16), Serial(b"2" * 16)


def test_a_key_may_use_its_rate_at_once_and_then_waits_for_its_share() -> None:
    now = [1000.0]
    rate = Rate("uploads", 4, lambda: now[0])
    assert rate.standing(FIRST) == Standing("uploads", 4, 4, 0)
    for left in (3, 2, 1, 0):
        rate.take(FIRST)
        assert rate.standing(FIRST).remaining == left
    with pytest.raises(RateExceeded) as refused:
        rate.take(FIRST)
    assert (refused.value.measure, refused.value.limit, refused.value.seconds) == ("uploads", 4, 15)
    assert rate.standing(FIRST).reset == 60
    rate.take(SECOND)
    now[0] += 15
    rate.take(FIRST)
    with pytest.raises(RateExceeded):
        rate.take(FIRST)


@pytest.mark.parametrize("limit", [1, 7, 60, 1000, 999_983])
def test_in_any_time_no_more_than_the_rate_is_taken(limit: int) -> None:
    now, taken = [0.0], 0
    rate = Rate("requests", limit, lambda: now[0])
    for _ in range(300):
        now[0] += 0.7
        for _ in range(min(limit, 40)):
            try:
                rate.take(FIRST)
            except RateExceeded:
                break
            taken += 1
    assert taken <= limit + 210 * limit / 60
    assert taken >= min(300 * min(limit, 40), int(210 * limit / 60))


def test_the_number_of_keys_is_bounded_and_the_last_ones_stay() -> None:
    rate = Rate("requests", 1, lambda: 0.0)
    for number in range(KEYS + 5):
        rate.take(Serial(number.to_bytes(16)))
    assert rate.standing(Serial(bytes(16))).remaining == 1
    assert rate.standing(Serial((KEYS + 4).to_bytes(16))).remaining == 0


def test_only_what_the_settings_limit_is_limited() -> None:
    assert Rates(0, 0).standings(FIRST) == []
    assert [each.name for each in Rates(0, 5).standings(FIRST)] == ["uploads"]
