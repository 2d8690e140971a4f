"""The same bytes, sent to Calotype and to a Django REST framework service: what that one accepts is accepted here.

The exceptions are those for which the reference gives a reason.
"""

import base64
import gzip
from collections.abc import Mapping
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import httpx
import pytest
import urllib3

from kit.forms.drf_original import DrfOriginal
from kit.forms.multipart import BASE64, FILE, MULTIPART, SAMPLE, TITLE, TYPED, file, form, part, text_type

REFERENCE = Path(__file__).parents[3] / "docs" / "reference.md"

LINES_OF_BASE64 = base64.encodebytes(SAMPLE).replace(b"\n", b"\r\n")
MIXED = (
    b'Content-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=yy\r\n\r\n'
    b'--yy\r\nContent-Disposition: file; filename="b.txt"\r\n\r\ntext\r\n--yy--\r\n'
)


def of_the_email_package(*attached: MIMEApplication | MIMEText) -> bytes:
    message = MIMEMultipart("form-data", boundary="xx")
    for each in attached:
        message.attach(each)
    return message.as_bytes().partition(b"\n\n")[2].replace(b"\n", b"\r\n")


def attachment(content: MIMEApplication | MIMEText, **parameters: str) -> MIMEApplication | MIMEText:
    content.add_header("Content-Disposition", "form-data", **parameters)
    return content


FORMS: Mapping[str, bytes] = {
    "the file alone": form(FILE),
    # Text
    "a field twice": form(TITLE, TITLE, FILE),
    "ten fields": form(*(part(b'name="a%d"' % each) for each in range(10)), FILE),
    "a hundred fields": form(*(part(b'name="a%d"' % each) for each in range(100)), FILE),
    "a hundred fields after the file": form(FILE, *(part(b'name="a%d"' % each) for each in range(100))),
    "5,000 bytes": form(part(b'name="title"', b"x" * 5000), FILE),
    "60,000 bytes in three fields": form(*[part(b'name="title"', b"x" * 20_000)] * 3, FILE),
    "text in Latin-1": form(part(b'name="title"', b"caf\xe9"), FILE),
    "text that is not what it claims to be": form(part(b'name="title"', b"\xff\xfe", text_type(b"utf-8")), FILE),
    "an unknown charset": form(part(b'name="title"', b"x", text_type(b"nonexist")), FILE),
    "a codec that is no charset": form(part(b'name="title"', b"x", text_type(b"hex")), FILE),
    "zero bytes": form(part(b'name="title"', bytes(10)), FILE),
    "no text": form(part(b'name="title"', b""), FILE),
    "no text and no line for it": form(FILE).replace(
        b"--xx\r\n", b'--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n--xx\r\n', 1
    ),
    "the name of the charset": form(part(b'name="_charset_"', b"iso-8859-1"), FILE),
    "base64 that is none": form(part(b'name="title"', b"x", BASE64), FILE),
    "a name in Latin-1": form(part(b'name="caf\xe9"'), FILE),
    "an empty name": form(part(b'name=""'), FILE),
    "no name": form(part(b"x=y"), FILE),
    "JSON": form(part(b'name="data"', b'{"a": [1]}', b"Content-Type: application/json\r\n"), FILE),
    # The two fields
    "empty text in the other field": form(part(b'name="image"', b""), FILE),
    "text in the other field": form(FILE, part(b'name="image"')),
    "empty text in the field of the file": form(part(b'name="original"', b""), FILE),
    "text in the field of the file": form(FILE, part(b'name="original"')),
    "no file chosen in the other field": form(part(b'name="image"; filename=""', b"", TYPED), FILE),
    "no file chosen in the other field, at the end": form(FILE, part(b'name="image"; filename=""', b"", TYPED)),
    "a file in another field": form(part(b'name="thumbnail"; filename="b.png"', SAMPLE, TYPED), FILE),
    "a large file in another field": form(part(b'name="raw"; filename="b.raw"', bytes(300_000)), FILE),
    "several files in another field": form(*[part(b'name="x"; filename="b.txt"', b"x")] * 20, FILE),
    "a part with parts": form(MIXED, FILE),
    # The type of the file
    "no type": form(file(more=b"")),
    "charset=binary": form(file(more=b"Content-Type: image/png; charset=binary\r\n")),
    "an unknown charset of the file": form(file(more=b"Content-Type: image/png; charset=nonexist\r\n")),
    "charset=utf-16": form(file(more=b"Content-Type: image/png; charset=utf-16\r\n")),
    "a malformed type": form(file(more=b"Content-Type: ;;=\r\n")),
    "another type": form(file(more=b"Content-Type: application/octet-stream\r\n")),
    # The name of the file
    "filename*": form(file(b"filename*=UTF-8''caf%C3%A9.png")),
    "filename* in quotes": form(file(b"filename*=\"UTF-8''caf%C3%A9.png\"")),
    "filename* in Latin-1": form(file(b"filename*=ISO-8859-1''caf%E9.png")),
    "filename* in KOI8-R": form(file(b"filename*=koi8-r''%C1.png")),
    "filename* in lower case with a language": form(file(b"filename*=utf-8'fr'caf%C3%A9.png")),
    "filename* that is not in its charset": form(file(b"filename*=UTF-8''caf%E9.png")),
    "filename* after filename": form(file(b"filename=\"plain.png\"; filename*=UTF-8''caf%C3%A9.png")),
    "filename* before filename": form(file(b"filename*=UTF-8''caf%C3%A9.png; filename=\"plain.png\"")),
    "filename* inside of filename": form(file(b"filename=\"x filename*=UTF-8''evil.png y.png\"")),
    "filename in pieces": form(file(b'filename*0="caf"; filename*1="e.png"')),
    "filename without quotes": form(file(b"filename=a.png")),
    "filename without quotes, with spaces": form(file(b"filename=a b.png")),
    "filename with a semicolon": form(file(b'filename="a;b=c.png"')),
    "filename with escaped quotes": form(file(b'filename="a\\"b.png"')),
    "filename with an encoded quote": form(file(b'filename="a%22b.png"')),
    "filename with a path": form(file(b'filename="C:\\dir\\a.png"')),
    "filename in UTF-8": form(file(b'filename="\xe7\x8c\xab.png"')),
    # Headers
    "an attachment": form(part(b'name="original"; filename="a.png"', SAMPLE, TYPED, type=b"attachment")),
    "text as an attachment": form(part(b'name="title"', type=b"attachment"), FILE),
    "a part without a disposition": form(b"Content-Type: text/plain\r\n\r\ntext", FILE),
    "a part without headers": form(b"\r\ntext", FILE),
    "an empty part": form(b"\r\n", FILE),
    "a line that is no header": form(part(b'name="a"', more=b"no colon here\r\n"), FILE),
    "an impossible header": form(file(more=b"X (1): y\r\n: z\r\n")),
    "a header in Latin-1": form(file(more=b"X-Comment: caf\xe9\r\n")),
    "thirty headers": form(file(more=b"".join(b"X-%d: y\r\n" % each for each in range(30)))),
    "a folded header": form(file(more=b"X-Comment: a\r\n b\r\n")),
    "headers in lower case": form(FILE.replace(b"Content-Disposition", b"content-disposition")),
    "headers in upper case": form(FILE.replace(b"Content-Disposition", b"CONTENT-DISPOSITION")),
    "no space after the colon": form(FILE.replace(b": ", b":")),
    "no space after the semicolon": form(FILE.replace(b"; ", b";")),
    "spaces in a parameter": form(FILE.replace(b"name=", b"name = ")),
    "the parameters in another order": form(part(b'filename="a.png"; name="original"', SAMPLE)),
    "a name without quotes": form(file(field=b"name=original")),
    "a name with spaces": form(file(field=b'name=" original "')),
    "a parameter in upper case": form(file(field=b'NAME="original"')),
    "a semicolon at the end": form(file(b'filename="a.png";')),
    "two dispositions": form(part(b'name="x"', SAMPLE, FILE.partition(b"\r\n")[0] + b"\r\n")),
    "two file names": form(file(b'filename="a.png"; filename="b.png"')),
    "an unknown parameter": form(file(b'size=12; filename="a.png"')),
    "a length": form(file(more=b"Content-Length: %d\r\n" % len(SAMPLE))),
    "a wrong length": form(file(more=b"Content-Length: 7\r\n")),
    "an impossible length": form(file(more=b"Content-Length: x\r\n")),
    "a binary file": form(file(more=b"Content-Transfer-Encoding: binary\r\n")),
    "a file in lines of base64": form(part(b'name="original"; filename="a.png"', LINES_OF_BASE64, BASE64)),
    "a file in one line of base64": form(part(b'name="original"; filename="a.png"', base64.b64encode(SAMPLE), BASE64)),
    # Boundaries
    "a preamble": b"preamble\r\n" + form(FILE),
    "an empty line first": b"\r\n" + form(FILE),
    "an epilogue": form(FILE) + b"epilogue",
    "the last boundary without a line end": form(FILE)[:-2],
    "spaces after a boundary": form(FILE).replace(b"--xx\r\n", b"--xx \t\r\n"),
    "spaces after the last boundary": form(FILE)[:-2] + b"  \r\n",
    "the boundary in a longer word of text": form(part(b'name="a"', b"--x --xy"), FILE),
    "LF after a boundary": form(TITLE, FILE).replace(b"--xx\r\n", b"--xx\n"),
    "LF in a header": form(file(more=b"X-Comment: a\nb\r\n")),
    "LF before a boundary": form(TITLE, FILE).replace(b"\r\n--xx", b"\n--xx"),
    # Programs
    "the email package": of_the_email_package(
        attachment(MIMEText("caf\u00e9"), name="title"),
        attachment(MIMEApplication(SAMPLE, "png"), name="original", filename="a.png"),
    ),
    "urllib3": urllib3.encode_multipart_formdata(
        {"title": "caf\u00e9", "original": ("caf\u00e9.png", SAMPLE, "image/png")}, boundary="xx"
    )[0],
}

NO_FILE_CHOSEN = part(b'name="original"; filename="empty.png"', b"")
# What Django accepts and Calotype refuses: the form, the status, and the beginning of the reason in the reference.
REFUSED: Mapping[str, tuple[bytes, int, str]] = {
    "two files in a field": (form(FILE, FILE), 422, "Two files"),
    "a file in both fields": (form(FILE, file(field=b'name="image"')), 422, "Two files"),
    "an empty file before the file": (form(NO_FILE_CHOSEN, FILE), 422, "Two files"),
    "no last boundary": (form(FILE, TITLE)[:-8], 400, "A form that does not end with its last boundary"),
    "a last boundary without its end": (form(FILE, TITLE)[:-4], 400, "A form that does not end with its last boundary"),
    "a boundary and more on a line": (form(FILE, TITLE).replace(b"--xx--", b"--xxx--"), 400, "A boundary that is not"),
    "a boundary within a line": (b"preamble" + form(FILE), 422, "A boundary that is not on a line of its own"),
    "more than 64 KiB of text": (form(part(b'name="title"', b"x" * 70_000), FILE), 400, "Text and headers"),
    "more than 64 KiB after the file": (form(FILE, part(b'name="title"', b"x" * 70_000)), 400, "Text and headers"),
}

CONTENT_TYPES = {
    "boundary in quotes": 'multipart/form-data; boundary="xx"',
    "upper case": "multipart/form-data; BOUNDARY=xx",
    "a charset": "multipart/form-data; charset=utf-8; boundary=xx",
    "an unknown charset": "multipart/form-data; charset=nonexist; boundary=xx",
    "a charset after it": "multipart/form-data; boundary=xx; charset=iso-8859-1",
    "no space": "multipart/form-data;boundary=xx",
    "a semicolon at the end": "multipart/form-data; boundary=xx;",
    "an extended value": "multipart/form-data; boundary*=utf-8''xx",
}
BOUNDARIES = (
    b"----WebKitFormBoundaryabc123", b"----=_Part_3_1234.5678", b"a'()+_,-./:=?b", b"with space", b"x" * 201, b"=", b"(1)",
)  # fmt: skip


def stored(original: DrfOriginal, client: httpx.Client, body: bytes, content_type: str = MULTIPART) -> None:
    headers = {"Content-Type": content_type}
    assert original.post("/image/", body, headers) == 201
    answer = client.post("/image/", content=body, headers=headers)
    assert (answer.status_code, answer.json().get("uploaded_size")) == (201, len(SAMPLE)), answer.text


@pytest.mark.parametrize("which", FORMS)
def test_a_form_is_accepted_as_by_django(original: DrfOriginal, client: httpx.Client, which: str) -> None:
    stored(original, client, FORMS[which])


@pytest.mark.parametrize("which", CONTENT_TYPES)
def test_a_content_type_is_accepted_as_by_django(original: DrfOriginal, client: httpx.Client, which: str) -> None:
    stored(original, client, form(FILE), CONTENT_TYPES[which])


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_boundary_is_accepted_as_by_django(original: DrfOriginal, client: httpx.Client, boundary: bytes) -> None:
    body = form(TITLE, FILE, boundary=boundary)
    stored(original, client, body, f'multipart/form-data; boundary="{boundary.decode()}"')
    stored(original, client, body, f"multipart/form-data; boundary={boundary.decode()}")


@pytest.mark.parametrize("which", REFUSED)
def test_what_django_accepts_is_refused_only_for_a_reason_in_the_reference(
    original: DrfOriginal, client: httpx.Client, which: str
) -> None:
    body, status, reason = REFUSED[which]
    assert original.post("/image/", body, {"Content-Type": MULTIPART}) == 201
    assert client.post("/image/", content=body, headers={"Content-Type": MULTIPART}).status_code == status
    assert client.get("/image/").json()["count"] == 0
    assert f"\n- {reason}" in REFERENCE.read_text()


@pytest.mark.parametrize("encoding", ["gzip", "deflate, gzip", "x"])
@pytest.mark.parametrize("target", ["/image/", "/api/token/"])
def test_an_encoded_body_is_refused_with_the_reason(client: httpx.Client, target: str, encoding: str) -> None:
    headers = {"Content-Type": MULTIPART, "Content-Encoding": encoding}
    answer = client.post(target, content=gzip.compress(form(FILE)), headers=headers)
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert f"Content-Encoding: {encoding}" in answer.json()["detail"]
    assert "\n- A body with a `Content-Encoding`" in REFERENCE.read_text()


def test_a_body_whose_encoding_is_no_encoding_is_accepted(client: httpx.Client) -> None:
    headers = {"Content-Type": MULTIPART, "Content-Encoding": "identity"}
    assert client.post("/image/", content=form(FILE), headers=headers).status_code == 201
