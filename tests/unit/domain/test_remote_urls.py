"""URLs of other servers: taken apart once, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidUrl
from domain.model.remote.remote_url import LONGEST_URL, RemoteUrl


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "target"),
    [
        ("http://example.org", "http", "example.org", 80, "/"),
        ("HTTPS://Example.ORG/a/B.jpg?x=1&y=/#part", "https", "example.org", 443, "/a/B.jpg?x=1&y=/"),
        ("https://example.org:8443?x", "https", "example.org", 8443, "/?x"),
        ("http://[2001:DB8::1]:81/", "http", "[2001:db8::1]", 81, "/"),
        ("http://127.1:09/", "http", "127.1", 9, "/"),
        ("http://a_b.example./x@y", "http", "a_b.example.", 80, "/x@y"),
        ("https://bücher.example/grün/%20ä?ö", "https", "xn--bcher-kva.example", 443, "/gr%C3%BCn/%20%C3%A4?%C3%B6"),
        ("http://\uff11\uff12\uff17\u30020.0.1/", "http", "127.0.0.1", 80, "/"),
    ],
)
def test_a_url_is_taken_apart(text: str, scheme: str, host: str, port: int, target: str) -> None:
    assert RemoteUrl.parse(text) == RemoteUrl(scheme, host, port, target)


@pytest.mark.parametrize(
    "text",
    [
        "", "example.org/x.jpg", "/x.jpg", "//example.org/", "http:example.org", "http:/example.org", "http://", "http:///x",
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "data:image/png;base64,AAAA", "http+unix://x/",
        "http://ada:secret@example.org/", "http://ada@example.org/", "http://@example.org/", "http://a@b@example.org/",
        "http://example.org:0/", "http://example.org:65536/", "http://example.org:x/", "http://example.org:-1/",
        "http://example.org\\@other.example/", "http://example.org\\x", "http://exa mple.org/", "http://example.org/a b",
        " http://example.org/", "http://example.org/\r\nHost: x", "http://example.org/\t", "http://example.org/\x00",
        "http://a..b/", "http://.example.org/", "http://exa%6dple.org/", "http://exa*mple.org/", f"http://{'a' * 64}.org/",
        "http://[::1", "http://::1/", "http://[fe80::1%25eth0]/", "http://[example.org]/", "http://example.org/\ud800", "http://\ud800.org/", "http://[::1]x/", "http://..",
        f"http://example.org/{'a' * LONGEST_URL}",
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidUrl):
        RemoteUrl.parse(text)


@pytest.mark.parametrize("text", ["ftp://example.org/", "file:///etc/passwd", "example.org/x.jpg"])
def test_the_scheme_is_named_as_the_problem_before_anything_else(text: str) -> None:
    with pytest.raises(InvalidUrl, match="must begin with http://"):
        RemoteUrl.parse(text)


@given(st.text() | st.from_regex(r"https?://[^/]+(:\d+)?(/.*)?"))
def test_what_is_accepted_is_ascii_and_means_the_same_again(text: str) -> None:
    try:
        url = RemoteUrl.parse(text)
    except InvalidUrl:
        return
    assert str(url).isascii()
    assert RemoteUrl.parse(str(url)) == url
