"""The parts of a form, in whatever pieces its bytes arrive."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.shared.header_parameters import read_parameters
from entrypoints.http.protocol.errors import MalformedForm
from entrypoints.http.uploading.form_headers import PartHeaders
from entrypoints.http.uploading.form_parts import LONGEST_HEADERS, FormParts
from kit.forms.multipart import form, part

# Contents made of what boundaries are made of.
CONTENTS = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"--x", b"--xy", b"\r\n--x", b"\n--xy\r\n", b" ", b"a"])
).map(b"".join)


def read(pieces: Iterable[bytes]) -> tuple[list[tuple[str, bytes]], bool]:
    """The name and content of each part that is complete; whether the form is."""
    parts, found = FormParts("xx"), []
    for piece in pieces:
        for event in parts.take(piece):
            if isinstance(event, PartHeaders):
                name, content = event.name, b""
            elif event is None:
                found.append((name, content))
            else:
                assert event
                content += event
    return found, parts.is_complete


@given(st.lists(CONTENTS), st.sampled_from([b"\r\n", b"\n"]), st.data())
def test_a_form_is_read_as_it_was_written(contents: list[bytes], line_end: bytes, data: st.DataObject) -> None:
    if line_end == b"\n":  # this CR would belong to the line end
        contents = [each.rstrip(b"\r") for each in contents]
    body = form(
        *(b"Content-Disposition: form-data; name=%d" % at + 2 * line_end + each for at, each in enumerate(contents)),
        line_end=line_end,
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)))))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert read(pieces) == ([(str(at), each) for at, each in enumerate(contents)], True)


@given(st.lists(CONTENTS, min_size=1))
def test_a_form_without_its_end_is_not_complete(contents: list[bytes]) -> None:
    body = form(*(part(b'name="a"', each) for each in contents)).removesuffix(b"--\r\n")
    assert not read([body])[1]
    assert read([body]) == read(body[at : at + 1] for at in range(len(body)))


def test_a_boundary_in_a_file_that_is_longer_than_the_forms_boundary_is_content() -> None:
    assert read([form(part(b'name="a"', b"1\r\n--xxy\r\n2"))]) == ([("a", b"1\r\n--xxy\r\n2")], True)


@pytest.mark.parametrize("rest", [b"x" * LONGEST_HEADERS, b"X: y\r\n" * LONGEST_HEADERS])
def test_headers_are_not_kept_without_a_limit(rest: bytes) -> None:
    with pytest.raises(MalformedForm):
        read([b"--xx\r\nX-Long: ", *(rest[at : at + 100] for at in range(0, len(rest), 100))])


@given(st.text(st.characters(max_codepoint=255), max_size=50), st.text("\"\\;*=%'0123456789utf-8xyz ", max_size=50))
def test_a_header_of_any_characters_is_read(first: str, second: str) -> None:
    media_type, parameters = read_parameters(f"{first}; {second}")
    assert media_type == media_type.lower()
    assert all(isinstance(each, str) for each in parameters.values())
