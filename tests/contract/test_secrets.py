"""The contracts of tokens, secrets of webhooks, passwords, pseudonyms and random values."""

import asyncio
import string
import time
from datetime import timedelta
from pathlib import Path

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from adapters.system import server_secrets
from adapters.system.key_uses import RecentKeyUses
from adapters.system.passwords import Argon2Passwords
from adapters.system.pseudonyms import HmacPseudonyms
from adapters.system.random_values import SystemRandomValues
from adapters.system.tokens import HmacTokens
from adapters.system.webhook_secrets import HmacWebhookSecrets
from domain.errors import SecretFileUnusable, SecretTooShort, TooManyAttempts
from domain.model.access.access_key import AccessKeyId, Serial
from kit.fixtures.entities import NOON

SERIAL = Serial(bytes(range(16)))
OLD, NEW, ALIEN = b"o" * 32, b"n" * 32, b"a" * 32
TOKENS = HmacTokens([NEW])


# Tokens


@given(st.binary(min_size=16, max_size=16))
def test_a_token_is_recognised_and_always_the_same(serial: bytes) -> None:
    token = TOKENS.derive(Serial(serial))
    assert token == HmacTokens([NEW]).derive(Serial(serial))
    assert token.startswith("clt_")
    assert set(token[4:]) <= set(string.ascii_letters + string.digits)
    assert TOKENS.parse(token) == (serial, True)


def test_a_token_of_another_server_is_refused() -> None:
    assert TOKENS.parse(HmacTokens([ALIEN]).derive(SERIAL)) == (SERIAL, False)


def test_while_secrets_are_rotated_old_tokens_are_valid_and_new_ones_are_issued() -> None:
    rotating = HmacTokens([NEW, OLD])
    assert rotating.parse(HmacTokens([OLD]).derive(SERIAL)) == (SERIAL, True)
    assert rotating.derive(SERIAL) == TOKENS.derive(SERIAL)


def test_no_single_character_of_a_token_can_be_changed() -> None:
    token = TOKENS.derive(SERIAL)
    for place in range(len(token)):
        for other in "0Zz~":
            if other != token[place]:
                assert not TOKENS.parse(token[:place] + other + token[place + 1 :])[1]


@given(st.text())
def test_malformed_tokens_are_refused(text: str) -> None:
    assert TOKENS.parse(text)[1] is False
    assert TOKENS.parse("clt_" + text)[1] is False


def test_a_token_of_the_largest_digits_is_refused() -> None:
    assert TOKENS.parse("clt_" + "z" * 65) == (Serial(bytes(16)), False)


# The secrets of webhooks

BODY = b'{"type":"webhook.test"}'


def verify(secret: str, signature: str, at: int, body: bytes = BODY) -> object:
    """What the library of Standard Webhooks reads: it refuses what was signed five minutes ago."""
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}
    return standardwebhooks.Webhook(secret).verify(body, headers)


def test_a_signature_is_verified_with_the_derived_secret_only() -> None:
    secrets, now = HmacWebhookSecrets([NEW]), int(time.time())
    secret, signature = secrets.derive(SERIAL), secrets.sign(SERIAL, "msg_1", now, BODY)
    assert secret == HmacWebhookSecrets([NEW]).derive(SERIAL)
    assert verify(secret, signature, now) == {"type": "webhook.test"}
    others = [HmacWebhookSecrets([ALIEN]).derive(SERIAL), secrets.derive(Serial(bytes(16)))]
    for wrong, body in [*((other, BODY) for other in others), (secret, BODY + b" ")]:
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verify(wrong, signature, now, body)


def test_while_secrets_are_rotated_both_secrets_verify_and_the_new_one_is_shown() -> None:
    rotating, now = HmacWebhookSecrets([NEW, OLD]), int(time.time())
    signature = rotating.sign(SERIAL, "msg_1", now, BODY)
    for key in (NEW, OLD):
        assert verify(HmacWebhookSecrets([key]).derive(SERIAL), signature, now)
    assert rotating.derive(SERIAL) == HmacWebhookSecrets([NEW]).derive(SERIAL)


# The server's secrets


def test_a_secret_is_made_once_and_only_its_file_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret"
    first = server_secrets.kept_in(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert server_secrets.kept_in(file) == first
    assert [path.name for path in file.parent.iterdir()] == ["secret"]
    assert "secret" not in repr(first).lower().replace("serversecrets", "")


def test_each_line_of_the_file_is_a_live_secret_and_each_purpose_has_its_own_key(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("n" * 40 + "\n\n" + "o" * 40 + "\n")
    kept = server_secrets.kept_in(file)
    assert len(kept.keys_for("token")) == 2
    assert not set(kept.keys_for("token")) & set(kept.keys_for("link"))


@pytest.mark.parametrize("content", ["", "short\n"])
def test_a_file_without_a_proper_secret_stops_the_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    with pytest.raises(SecretFileUnusable) as refused:
        server_secrets.kept_in(file)
    assert str(tmp_path) not in f"{refused.value} {refused.value!r}"
    with pytest.raises(SecretTooShort):
        server_secrets.given(["short"])


# Passwords


@pytest.mark.anyio
async def test_only_the_right_password_matches() -> None:
    passwords = Argon2Passwords()
    hashed = await passwords.hash("correct horse")
    assert hashed.startswith("$argon2id$")
    assert await passwords.verify("correct horse", hashed)
    assert not await passwords.verify("wrong horse", hashed)
    assert not await passwords.verify("correct horse", None)
    assert not await passwords.verify("no user has this password", None)
    assert not await passwords.verify("correct horse", "not a hash")
    passwords.close()


async def turn(passwords: Argon2Passwords, address: str, username: str = "ada") -> bool:
    async with passwords.turn(address=address, username=username):
        return await passwords.verify("x", None)


@pytest.mark.anyio
async def test_too_many_turns_of_one_address_are_refused_and_another_address_has_its_turn() -> None:
    passwords = Argon2Passwords()
    flood = [asyncio.create_task(turn(passwords, "1", str(number))) for number in range(30)]
    await asyncio.sleep(0)
    assert await turn(passwords, "2") is False
    assert not all(each.done() for each in flood)
    answers = await asyncio.gather(*flood, return_exceptions=True)
    assert any(isinstance(each, TooManyAttempts) for each in answers)
    assert any(each is False for each in answers)
    passwords.close()


@pytest.mark.anyio
async def test_an_address_has_one_turn_at_a_time_for_one_name() -> None:
    passwords = Argon2Passwords()
    held = 0

    async def hold() -> None:
        nonlocal held
        async with passwords.turn(address="1", username="ada"):
            held += 1
            assert held == 1
            await asyncio.sleep(0)
            held -= 1

    await asyncio.gather(*(hold() for _ in range(10)))
    passwords.close()


# Pseudonyms


@given(st.lists(st.text()), st.lists(st.text()))
def test_equal_texts_have_one_pseudonym_and_others_another(some: list[str], others: list[str]) -> None:
    pseudonyms = HmacPseudonyms(b"k" * 32)
    assert (pseudonyms.of(*some) == HmacPseudonyms(b"k" * 32).of(*others)) == (some == others)
    assert len(pseudonyms.of(*some)) == 16


def test_a_pseudonym_depends_on_the_secret_and_may_be_of_any_text() -> None:
    texts = "ada", "\ud800", "\0" * 10_000
    assert HmacPseudonyms(b"k" * 32).of(*texts) != HmacPseudonyms(b"o" * 32).of(*texts)


# Uses of keys


def test_the_latest_use_of_each_key_is_reported_once() -> None:
    uses = RecentKeyUses()
    uses.note(AccessKeyId(1), NOON)
    uses.note(AccessKeyId(1), NOON + timedelta(seconds=1))
    assert uses.drain() == [(1, NOON + timedelta(seconds=1))]
    assert uses.drain() == []


# Random values


def test_random_values_never_repeat_and_blob_keys_are_safe() -> None:
    random_values = SystemRandomValues()
    keys = {random_values.blob_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)
    assert len({random_values.serial() for _ in range(1000)}) == 1000
    assert all(len(suffix) == 7 and suffix.isalnum() for suffix in {random_values.suffix() for _ in range(100)})
    for unguessable in (random_values.slug, random_values.ticket_id):
        values = {unguessable() for _ in range(1000)}
        assert len(values) == 1000
        assert all(len(value) == 22 and value.isalnum() for value in values)
