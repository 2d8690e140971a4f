"""Quotas, and what an upload claims of them."""

import pytest

from domain.errors import QuotaExceeded
from domain.model.access.quota import NO_LIMIT, NO_QUOTA, Amount, Claim, OwnQuota, Quota, Usage
from domain.model.access.user import UserId

ADA = UserId(1)


@pytest.mark.parametrize(
    ("sent", "stored", "replaced", "held", "needed"),
    [
        (1000, 600, None, Amount(1, 600), Amount(1, 1000)),  # it must fit as it is sent
        (1000, 1600, None, Amount(1, 1600), Amount(1, 1600)),  # a conversion grew
        (1000, 600, 500, Amount(0, 100), Amount(0, 500)),
        (1000, 600, 800, Amount(0, 0), Amount(0, 200)),
        (1000, 600, 1000, Amount(0, 0), Amount(0, 0)),
    ],
)
def test_a_claim(sent: int, stored: int, replaced: int | None, held: Amount, needed: Amount) -> None:
    assert Claim.of(ADA, sent=sent, stored=stored, replaced=replaced) == Claim(ADA, held, needed)


def test_what_is_left_is_never_negative_and_has_no_limit_without_a_quota() -> None:
    usage = Usage(used=Amount(3, 300), reserved=Amount(1, 50))
    assert usage.left(NO_QUOTA) == NO_QUOTA
    assert usage.left(Quota(5, 1000)) == Quota(1, 650)
    assert usage.left(Quota(1, 100)) == Quota(0, 0)
    assert Usage(own=OwnQuota(images=NO_LIMIT)).left(Quota(1, 1)) == Quota(NO_LIMIT, 1)


@pytest.mark.parametrize(
    ("needed", "measure"), [(Amount(2, 1), "images"), (Amount(1, 651), "bytes"), (Amount(1, 650), None)]
)
def test_what_has_no_room_is_refused_by_its_measure(needed: Amount, measure: str | None) -> None:
    usage = Usage(used=Amount(3, 300), reserved=Amount(1, 50))
    if measure is None:
        usage.admit(needed, Quota(5, 1000))
        return
    with pytest.raises(QuotaExceeded) as refused:
        usage.admit(needed, Quota(5, 1000))
    assert refused.value.measure == measure


def test_what_needs_nothing_has_room_beyond_the_quota() -> None:
    Usage(used=Amount(3, 300)).admit(Amount(0, 0), Quota(1, 1))
