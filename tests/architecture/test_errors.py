"""Every error has a code, a message and a row in the table of each driver; the domain names no option or header."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import pytest

from domain import errors
from domain.errors import CalotypeError
from entrypoints.cli import exits
from entrypoints.configuration.described import described
from entrypoints.http.protocol import errors as http_errors
from entrypoints.http.protocol import problems

FAMILIES = {
    errors.Rejected, errors.NotFound, errors.Conflict, errors.Denied, errors.Exhausted, errors.Unavailable, errors.Misconfigured,
}  # fmt: skip
SAMPLES: dict[object, object] = {
    str: "something",
    int: 1234567,
    datetime: datetime(2026, 5, 18, 18, 5, tzinfo=UTC),
}
SENTENCES = re.compile(r"[A-Z'{].*[.?]")


def subclasses(root: type[CalotypeError]) -> list[type[CalotypeError]]:
    found = [root]
    for each in found:
        found += each.__subclasses__()
    return found[1:]


def concrete_errors() -> list[type[CalotypeError]]:
    """All errors that are raised; families and groups of errors have no code."""
    return [each for each in subclasses(CalotypeError) if "code" in vars(each)]


def of_package(*packages: str) -> list[type[CalotypeError]]:
    return [each for each in concrete_errors() if each.__module__.startswith(packages)]


def sample(error: type[CalotypeError]) -> CalotypeError:
    """The error with a value in each field."""
    hints = get_type_hints(error)

    def value(kind: object) -> object:
        if get_origin(kind) is tuple:
            return (value(get_args(kind)[0]),) * 2
        return SAMPLES[kind]

    return error(*(value(hints[each.name]) for each in fields(error)))  # type: ignore[arg-type]  # every error is a dataclass


every_error = pytest.mark.parametrize("error", concrete_errors(), ids=lambda error: error.__name__)


def test_every_code_is_given_once() -> None:
    codes = [error.code for error in concrete_errors()]
    assert len(codes) == len(set(codes)) > 50
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_every_error_that_can_be_raised_has_a_code_and_a_family() -> None:
    for error in subclasses(CalotypeError):
        if not error.__subclasses__():
            assert "code" in vars(error), error
        assert FAMILIES & set(error.__mro__), error


@every_error
def test_the_message_is_made_of_the_data_and_reads_as_a_sentence(error: type[CalotypeError]) -> None:
    message = str(sample(error))
    assert SENTENCES.fullmatch(error.message) or error.message.endswith("}"), error.message
    assert not re.search(r"[{}]|  ", message), message
    assert error.__str__ is CalotypeError.__str__, "the message is data"
    for each in fields(error):  # type: ignore[arg-type]  # every error is a dataclass
        if each.name == "reason":
            assert "{reason}" not in error.message, "a reason is for the log"


def test_values_are_shown_unchanged() -> None:
    assert str(errors.FormatNotAccepted("{accepted}", ("JPEG", "PNG"))) == (
        "{accepted} files are not accepted. Upload one of: JPEG, PNG."
    )
    assert str(errors.FileTooLarge(52_428_800)) == "The file is larger than the limit of 52,428,800 bytes."


SETTINGS = [each.name for each in described() if "." in each.name]


@pytest.mark.parametrize("error", of_package("domain"), ids=lambda error: error.__name__)
def test_the_domain_names_no_option_header_or_setting(error: type[CalotypeError]) -> None:
    assert not re.search(r"--|\bIf-|CALOTYPE_|-Key\b|'calotype |http", error.message), error.message
    assert not [name for name in SETTINGS if name in error.message], error.message


def test_no_error_of_the_domain_is_raised_by_one_driver_only() -> None:
    sources = Path(__file__).parents[2] / "src"
    elsewhere = "".join(
        path.read_text()
        for folder in ("domain/model", "domain/use_cases", "adapters", "entrypoints")
        for path in (sources / folder).rglob("*.py")
        if not path.is_relative_to(sources / "entrypoints" / "http")
    )
    unused = [error.__name__ for error in of_package("domain") if not re.search(rf"\b{error.__name__}\b", elsewhere)]
    assert unused == []


@every_error
def test_both_tables_know_every_error(error: type[CalotypeError]) -> None:
    answer, ending = problems.answer_of(error), exits.exit_of(error)
    assert 400 <= answer.status < 600
    assert 64 <= ending.status < 128
    for template in (answer.hint, ending.hint):
        message = sample(error).fill(template)
        assert template == "" or SENTENCES.fullmatch(message), message
    assert ending.message == "" or SENTENCES.fullmatch(ending.message), ending.message
    assert not re.search(r"[{}]", sample(error).fill(ending.message))
    for value in answer.headers.values():
        assert "{" not in sample(error).fill(value)


def test_neither_table_has_a_row_without_an_error() -> None:
    known = {*FAMILIES, *subclasses(CalotypeError)}
    assert set(problems.ANSWERS) | set(exits.EXITS) <= known
    assert not {each for each in exits.EXITS if each.__module__ == http_errors.__name__}


def test_the_command_line_adds_its_hint() -> None:
    assert exits.explained(errors.UserHasImages("ada", 3)) == (
        "'ada' still has images: 3. Remove them too with --with-images."
    )
    assert exits.explained(errors.ImageNotFound()) == "Not found."


@pytest.mark.parametrize("error", of_package("domain"), ids=lambda error: error.__name__)
def test_the_command_line_does_not_speak_of_uploads_that_only_http_has(error: type[CalotypeError]) -> None:
    idempotent = {errors.IdempotencyKeyReused, errors.SubmissionKeyTaken, errors.SubmittedImageDeleted}
    elsewhere = {errors.UploadsInProgress}  # by HTTP, meanwhile
    if error not in idempotent | elsewhere:
        assert not re.search(r"(?i)\bupload|\bsubmit", exits.explained(sample(error)))
