"""What is said of JSON bodies that do not fit."""

import json

import pytest

from entrypoints.http.protocol.errors import InvalidBody
from entrypoints.http.protocol.json_body import read_object
from entrypoints.http.routes.ticket_body import TicketRequest
from entrypoints.http.uploading.from_url import ImageAtUrl

URL = "https://a.example/a.png"
TIME = "a time with its offset from UTC, such as 2027-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        (ImageAtUrl, {}, "it lacks the member url"),
        (ImageAtUrl, {"url": None}, "url must be text, and is null"),
        (ImageAtUrl, {"url": 1.5}, "url must be text, and is a number"),
        (ImageAtUrl, {"url": URL, "tags": "cat"}, "tags must be a list, and is text"),
        (ImageAtUrl, {"url": URL, "tags": ["a", {}]}, "tags[1] must be text, and is an object"),
        (ImageAtUrl, {"url": URL, "Name": "x"}, "it has the unknown member Name"),
        (ImageAtUrl, {"url": URL, "expires_at": 5}, "expires_at must be a time or null, and is a whole number"),
        (ImageAtUrl, {"url": URL, "expires_at": "soon"}, f"expires_at must be {TIME}"),
        (ImageAtUrl, {"url": URL, "expires_at": "2099-01-01T00:00:00"}, f"expires_at must be {TIME}"),
        (ImageAtUrl, {"url": URL, "expires_at": "9999-99-99T00:00:00Z"}, f"expires_at must be {TIME}"),
        (ImageAtUrl, "x", "the whole body must be an object, and is text"),
        (TicketRequest, {"expires_in": 10**9 + 1}, "expires_in must be at most 1000000000"),
        (TicketRequest, {"expires_in": -(10**12)}, "expires_in must be at least -1000000000"),
        (TicketRequest, {"expires_in": 1.5}, "expires_in must be a whole number, and is a number"),
        (TicketRequest, {"max_bytes": True}, "max_bytes must be a whole number, and is true or false"),
        (TicketRequest, {"max_bytes": 2**200}, f"max_bytes must be at most {2**63 - 1}"),
    ],
)
def test_the_member_and_what_it_must_be_are_named(kind: type[object], body: object, problem: str) -> None:
    with pytest.raises(InvalidBody) as refused:
        read_object(json.dumps(body).encode(), kind)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"hello", "it is not JSON"),
        (b'{"url": "\xff"}', "it is not in UTF-8"),
        (b"[" * 100_000, "the whole body must be an object, and is a list"),
        (b'{"x": ' + b"[" * 100_000, "it has the unknown member x"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(body: bytes, problem: str) -> None:
    with pytest.raises(InvalidBody) as refused:
        read_object(body, ImageAtUrl)
    assert refused.value.problem == problem
