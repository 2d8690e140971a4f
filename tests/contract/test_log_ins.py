"""Log-ins by password, on every database: who is refused, and who never is."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher

from adapters.system.passwords import Argon2Passwords
from adapters.system.pseudonyms import HmacPseudonyms
from adapters.system.random_values import SystemRandomValues
from adapters.system.tokens import HmacTokens
from domain.errors import TooManyAttempts, WrongCredentials
from domain.model.access.log_in_policy import DAY, LogInPolicy
from domain.use_cases.access.access_keys import GetDefaultKey
from domain.use_cases.access.forget_log_ins import ForgetLogIns
from domain.use_cases.access.log_in import LogIn
from domain.use_cases.access.log_in_marks import attempt_of
from domain.use_cases.access.users import AddUser, SetPassword
from kit.fixtures.adapters import Database
from kit.fixtures.entities import SetClock

pytestmark = pytest.mark.anyio

RIGHT, WRONG = "correct horse", "wrong horse"
STRANGERS = [f"203.0.113.{number}" for number in range(50)]
HOME, ELSEWHERE = "198.51.100.7", "192.0.2.1"


class CountedPasswords(Argon2Passwords):
    """Hashes that cost little, and the number of those that were verified."""

    def __init__(self) -> None:
        super().__init__()
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    async def verify(self, password: str, hash: str | None) -> bool:
        self.verified += 1
        return await super().verify(password, hash)


@dataclass
class Door:
    database: Database
    passwords: CountedPasswords
    clock: SetClock = field(default_factory=SetClock)
    policy: LogInPolicy = field(default_factory=LogInPolicy)
    pseudonyms: HmacPseudonyms = field(default_factory=lambda: HmacPseudonyms(b"k" * 32))

    async def add(self, username: str) -> None:
        await AddUser(self.database.units, self.passwords, self.clock)(username, RIGHT)

    async def set_password(self, username: str) -> None:
        await SetPassword(self.database.units, self.passwords, self.pseudonyms)(username, RIGHT)

    async def log_in(self, username: str, password: str, address: str) -> type | None:
        """None if a token was given, else the error."""
        log_in = LogIn(
            units=self.database.units,
            passwords=self.passwords,
            pseudonyms=self.pseudonyms,
            clock=self.clock,
            policy=self.policy,
            get_default_key=GetDefaultKey(
                units=self.database.units,
                tokens=HmacTokens([b"t" * 32]),
                clock=self.clock,
                random_values=SystemRandomValues(),
            ),
        )
        try:
            assert (await log_in(username, password, address)).startswith("clt_")
        except (WrongCredentials, TooManyAttempts) as error:
            return type(error)
        return None

    async def attack(self, username: str, tries: int) -> None:
        for number in range(tries):
            await self.log_in(username, WRONG, STRANGERS[number % len(STRANGERS)])


@pytest.fixture
def passwords() -> Iterator[CountedPasswords]:
    passwords = CountedPasswords()
    yield passwords
    passwords.close()


@pytest.fixture
def door(database: Database, passwords: CountedPasswords) -> Door:
    return Door(database, passwords)


async def test_strangers_lock_nobody_out_and_guess_less_than_a_hundred_times_a_day(door: Door) -> None:
    await door.add("ada")
    assert await door.log_in("ada", RIGHT, HOME) is None
    before = door.passwords.verified
    for _ in range(8):
        await door.attack("ada", 80)
        assert await door.log_in("ada", RIGHT, HOME) is None
        door.clock.advance(hours=3)
    assert door.passwords.verified - before - 8 < 100
    assert await door.log_in("ada", RIGHT, HOME) is None


async def test_a_user_logs_in_from_a_new_address_while_fifty_others_guess(door: Door) -> None:
    await door.add("ada")
    await door.attack("ada", 250)
    assert await door.log_in("ada", WRONG, STRANGERS[0]) is TooManyAttempts
    assert await door.log_in("ada", RIGHT, STRANGERS[0]) is TooManyAttempts  # it is not verified
    assert await door.log_in("ada", RIGHT, ELSEWHERE) is None
    assert await door.log_in("ada", RIGHT, ELSEWHERE) is None


async def test_names_of_no_user_are_answered_as_those_of_users(door: Door) -> None:
    await door.add("ada")
    answers = {
        name: [await door.log_in(name, WRONG, address) for address in (HOME, ELSEWHERE) for _ in range(14)]
        for name in ("ada", "nobody")
    }
    assert answers["ada"] == answers["nobody"]
    assert {WrongCredentials, TooManyAttempts} == set(answers["ada"])


async def test_one_address_cannot_try_one_password_on_many_names(door: Door) -> None:
    answers = [await door.log_in(f"user-{number}", WRONG, HOME) for number in range(door.policy.per_address + 5)]
    assert answers == [WrongCredentials] * door.policy.per_address + [TooManyAttempts] * 5
    await door.add("ada")
    assert await door.log_in("ada", RIGHT, ELSEWHERE) is None


async def test_a_known_address_is_not_refused_because_of_others_behind_it(door: Door) -> None:
    """As behind a proxy that is not trusted, where all clients have one address."""
    await door.add("ada")
    assert await door.log_in("ada", RIGHT, HOME) is None
    for number in range(door.policy.per_address + 1):
        await door.log_in(f"user-{number}", WRONG, HOME)
    assert await door.log_in("bob", WRONG, HOME) is TooManyAttempts
    assert await door.log_in("ada", RIGHT, HOME) is None


async def test_right_passwords_are_never_charged_also_at_the_same_moment(door: Door) -> None:
    await door.add("ada")
    at_once = await asyncio.gather(*(door.log_in("ada", RIGHT, HOME) for _ in range(12)))
    assert set(at_once) == {None}
    assert {await door.log_in("ada", RIGHT, HOME) for _ in range(30)} == {None}
    tries = [await door.log_in("ada", WRONG, ELSEWHERE) for _ in range(10)]
    assert set(tries) == {WrongCredentials}  # as if nothing had happened


async def test_attempts_at_the_same_moment_are_all_counted(door: Door) -> None:
    await door.add("ada")
    other = Door(door.database, door.passwords, door.clock)  # as another process has it
    tries = [each.log_in("ada", WRONG, address) for address in STRANGERS[:12] for each in (door, other, door)]
    answers = await asyncio.gather(*tries)
    assert answers.count(WrongCredentials) == door.passwords.verified
    assert 12 <= door.passwords.verified < 16 + 12
    name = attempt_of(door.pseudonyms, "ada", HOME).name
    async with door.database.units.reading() as unit:
        until = (await unit.log_in_marks.read([name]))[name]
    assert until - door.clock.now() == door.passwords.verified * 4 * DAY / door.policy.per_name


async def test_a_new_password_makes_its_user_welcome_again(door: Door) -> None:
    await door.add("ada")
    for _ in range(11):
        await door.log_in("ada", WRONG, HOME)
    assert await door.log_in("ada", RIGHT, HOME) is TooManyAttempts
    await door.set_password("ada")
    assert await door.log_in("ada", RIGHT, HOME) is None


async def test_what_counts_no_longer_is_forgotten_and_an_unused_address_is_known_no_longer(door: Door) -> None:
    await door.add("ada")
    assert await door.log_in("ada", RIGHT, HOME) is None
    assert await door.log_in("ada", WRONG, ELSEWHERE) is WrongCredentials
    known, failed = (attempt_of(door.pseudonyms, "ada", address) for address in (HOME, ELSEWHERE))
    kinds = [{known.known, failed.name, failed.address, failed.pair}, {known.known}, set()]
    for days, left in zip((0, 5, 90), kinds, strict=True):
        door.clock.advance(days=days)
        await ForgetLogIns(door.database.units, door.clock)()
        async with door.database.units.reading() as unit:
            assert set(await unit.log_in_marks.read([*known.marks, *failed.marks])) == left
