"""Clients that send a body too slowly."""

from entrypoints.http.admission.least_rate import LeastRate


def test_one_byte_a_second_is_too_slow_at_the_end_of_the_period() -> None:
    rate = LeastRate(100, 10, 0)
    for second in range(10):
        rate.take(1, second)
    assert rate.deadline == 10


def test_a_client_that_sends_enough_has_another_period() -> None:
    rate = LeastRate(100, 10, 0)
    rate.take(1000, 5)
    assert rate.deadline == 20
    rate.take(1, 12)
    assert rate.deadline == 22


def test_time_in_which_nothing_was_read_is_not_the_clients() -> None:
    rate = LeastRate(100, 10, 0)
    rate.take(1, 1)
    rate.excuse(5)
    assert rate.deadline == 15
