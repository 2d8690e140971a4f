"""Uploads that are malformed, too large, too slow or abandoned, sent as raw bytes."""

import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from kit.forms.multipart import BASE64, FILE, MULTIPART, SAMPLE, file, form, part
from kit.images.samples import sample_image
from kit.servers.calotype import Server

B = b"--xx\r\n"
END = b"\r\n--xx--\r\n"
LIMIT = 50 * 1024 * 1024


def post(client: httpx.Client, body: bytes, content_type: str = MULTIPART) -> httpx.Response:
    return client.post("/image/", content=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"garbage", 400),
        (B, 400),
        (B + FILE, 400),
        (B + FILE + b"\r\n--xx", 400),
        (B + FILE + b"\r\n--xx-", 400),
        (b"--xx--\r\n", 422),
        (form(FILE, FILE), 422),
        (form(FILE, part(b'name="image"; filename=""', b"x")), 422),
        (form(part(b'name="image"; filename=""', b"x"), FILE), 422),
        (form(part(b'name="original"')), 422),
        (form(part(b'name="original"', b"")), 422),
        (form(part(b'name="image"; filename=""', b"")), 422),
        (form(part(b'name="title"', b"x" * 70_000), FILE), 400),
        (form(*[part(b"", b"")] * 3_000, FILE), 400),
        (form(part(b'name="a"', b"", b"X-Long: " + b"y" * 9000 + b"\r\n"), FILE), 400),
        (form(part(b'name="a"', b"", b"X: y\r\n" * 2000), FILE), 400),
        (form(part(b'name="original"; filename="a.png"', b"x", BASE64)), 400),
        (form(part(b'name="original"; filename="a.png"', b"A===", BASE64)), 400),
        (form(b"no colon here\r\n\r\nx"), 400),
        (form(b"Content-Type: image/png\r\n\r\n" + SAMPLE), 400),
        (form(part(b"filename*=utf-8''a; filename*0=b; name=original", SAMPLE)), 400),
        (form(part(b'name="original"; filename*' + b"1" * 5000 + b"=a", SAMPLE)), 400),
        (form(part(b'name="a"; ' + b'";' * 4000), FILE), 201),
        (form(FILE.replace(b"\r\n", b"\n", 3), line_end=b"\n"), 201),
        (form(FILE.replace(b"; filename", b";\r\n\tfilename")), 201),
    ],
)
def test_malformed_forms_are_refused_and_never_a_500(client: httpx.Client, body: bytes, status: int) -> None:
    answer = post(client, body)
    assert answer.status_code == status, answer.text
    assert client.get("/image/").json()["count"] == (status == 201)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=\u00e9",
    ],
)  # fmt: skip
def test_an_invalid_boundary_is_refused(client: httpx.Client, content_type: str) -> None:
    answer = client.post("/image/", content=b"x", headers={b"Content-Type": content_type.encode("latin-1")})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        (b'filename="../../etc/passwd"', "passwd.png"),
        (b'filename="a\x00b.png"', "ab.png"),
        (b'filename="C:\\\\x\\\\y.png"', "y.png"),
        (b'filename="\xf0\x9f\x98\x80.png"', "\U0001f600.png"),
        (b"filename*=utf-8''caf%C3%A9.png", "caf\u00e9.png"),
        (b"filename=\"plain.png\"; filename*=UTF-8''%E7%8C%AB.png", "\u732b.png"),
        (b'filename=""', "image.png"),
        (b'filename="' + b"x" * 900 + b'.png"', "x" * 251 + ".png"),
        (b'filename="a%22b.png"', 'a"b.png'),
        (b'filename="a\\"b.png"', 'a"b.png'),
        (b'filename="a;b=c.png"', "a;b=c.png"),
        (b"filename=\"x filename*=UTF-8''evil.png y.png\"", "x filename*=UTF-8''evil.png y.png"),
        (b"filename*=\"UTF-8''caf%C3%A9.png\"", "caf\u00e9.png"),
        (b"filename*=ISO-8859-1''caf%E9.png", "caf\u00e9.png"),
        (b"filename*=UTF-8''caf\xc3\xa9.png", "caf\u00e9.png"),
        (b"filename*=koi8-r''%C1.png; filename=\"plain.png\"", "plain.png"),
        (b"filename*0*=UTF-8''caf%C3; filename*1*=%A9.png", "caf\u00e9.png"),
    ],
)
def test_odd_file_names_are_made_safe(client: httpx.Client, filename: bytes, kept: str) -> None:
    answer = post(client, B + part(b'name="original"; ' + filename, SAMPLE) + END)
    assert (answer.status_code, answer.json().get("name")) == (201, kept)
    assert httpx.get(answer.json()["original"]).status_code == 200


def test_a_file_name_that_is_not_utf8_is_refused(client: httpx.Client) -> None:
    assert post(client, form(file(b'filename="\xff.png"'))).status_code == 400


# Sizes


def test_a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not(client: httpx.Client) -> None:
    padded = sample_image() + bytes(LIMIT)
    at_limit = client.post("/image/", files={"original": ("a.png", padded[:LIMIT])})
    assert at_limit.status_code == 201, at_limit.text
    assert at_limit.json()["uploaded_size"] == LIMIT
    above = client.post("/image/", files={"original": ("a.png", padded[: LIMIT + 1])})
    assert (above.status_code, list(above.json())) == (413, ["detail"])


def raw(server: Server, head: str, token: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    lines = f"{head}\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\nContent-Type: {MULTIPART}\r\n"
    connection.sendall(lines.encode())
    return connection


def status_line(connection: socket.socket) -> str:
    received = b""
    while b"\r\n" not in received:
        data = connection.recv(4096)
        if not data:
            break
        received += data
    return received.partition(b"\r\n")[0].decode()


def test_an_announced_size_above_the_limit_is_refused_before_the_body(server: Server, username: str) -> None:
    with raw(server, "POST /image/ HTTP/1.1", server.token(username)) as connection:
        connection.sendall(b"Content-Length: 1000000000000\r\n\r\n")
        assert " 413 " in status_line(connection)


def test_without_an_announced_size_reading_stops_at_the_limit(server: Server, username: str) -> None:
    with raw(server, "POST /image/ HTTP/1.1", server.token(username)) as connection:
        connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        sent, chunk = 0, bytes(1024 * 1024)
        head = B + FILE
        try:
            connection.sendall(b"%x\r\n" % len(head) + head + b"\r\n")
            while sent < 4 * LIMIT:
                connection.sendall(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
                sent += len(chunk)
        except OSError:
            pass
        assert LIMIT - len(chunk) <= sent < LIMIT + 20 * 1024 * 1024
    assert httpx.get(f"{server.url}/health/live/").status_code == 200


def test_a_connection_is_only_kept_when_the_body_was_read(client: httpx.Client) -> None:
    files = {"image": ("a.png", SAMPLE)}
    assert client.patch("/image/999999/", files=files).headers["Connection"] == "close"
    assert client.post("/image/", files=files, headers={"Authorization": "Token x"}).headers["Connection"] == "close"
    for refused in (post(client, B + FILE), post(client, B + part(b'name="x"') + END)):
        assert refused.status_code in (400, 422)
        assert "Connection" not in refused.headers


def test_a_bad_token_is_refused_before_the_body(server: Server) -> None:
    with raw(server, "POST /image/ HTTP/1.1", "wrong") as connection:
        connection.sendall(b"Content-Length: 5000000\r\n\r\n")
        assert " 401 " in status_line(connection)


def test_an_impossible_replacement_is_refused_before_the_body(server: Server, username: str) -> None:
    with raw(server, "PATCH /image/999999/ HTTP/1.1", server.token(username)) as connection:
        connection.sendall(b"Content-Length: 5000000\r\n\r\n")
        assert " 404 " in status_line(connection)


# Clients that disconnect, or send slowly


def staged_files(server: Server) -> list[Path]:
    return [path for path in (server.folder / "calotype-data" / "blobs" / "staging").glob("*/*/*") if path.is_file()]


def test_a_client_that_disconnects_leaves_no_file(server: Server, username: str) -> None:
    token = server.token(username)
    body = B + FILE + END
    for cut in sorted({1, 5, 40, 90, 120, 200, 400, len(body) // 2, len(body) - 12, len(body) - 5, len(body) - 1}):
        with raw(server, "POST /image/ HTTP/1.1", token) as connection:
            connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body[:cut])
            time.sleep(0.05)
    for _ in range(100):
        if not staged_files(server):
            break
        time.sleep(0.05)
    assert staged_files(server) == []
    with server.client(token) as client:
        assert client.get("/image/").json()["count"] == 0


def test_a_client_that_stops_sending_gets_a_408(impatient: Server) -> None:
    with raw(impatient, "POST /image/ HTTP/1.1", impatient.token()) as connection:
        connection.sendall(b"Content-Length: 5000\r\n\r\n" + B)
        began = time.monotonic()
        assert " 408 " in status_line(connection)
        assert 0.5 < time.monotonic() - began < 5
    assert staged_files(impatient) == []


def test_a_client_that_sends_too_slowly_is_disconnected(impatient: Server) -> None:
    with raw(impatient, "POST /image/ HTTP/1.1", impatient.token()) as connection:
        connection.sendall(b"Content-Length: 5000\r\n\r\n" + B + b"Content-Disposition: ")
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.2):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        trickling = threading.Thread(target=trickle)
        trickling.start()
        began = time.monotonic()
        line = status_line(connection)
        stop.set()
        trickling.join()
        assert " 408 " in line
        assert 0.5 < time.monotonic() - began < 10


def test_uploads_above_the_limit_get_a_503_with_retry_after(impatient: Server) -> None:
    token = impatient.token()
    held = [raw(impatient, "POST /image/ HTTP/1.1", token) for _ in range(2)]
    try:
        for connection in held:
            connection.sendall(b"Content-Length: 5000\r\n\r\n" + B)
        time.sleep(0.3)
        with impatient.client(token) as client:
            answer = post(client, B + FILE + END)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
    finally:
        for connection in held:
            connection.close()


def test_busy_workers_and_a_full_queue_are_a_503_and_lose_no_image(impatient: Server) -> None:
    large = sample_image(width=3000, height=2000, compress_level=1)
    with impatient.client(impatient.token()) as client:
        for _ in range(50):  # uploads of earlier tests end soon
            if post(client, B + FILE + END).status_code == 201:
                break
            time.sleep(0.1)
        before = client.get("/image/").json()["count"]
        answers: list[httpx.Response] = []

        def upload() -> None:
            answers.append(
                httpx.post(
                    f"{impatient.url}/image/", files={"image": ("a.png", large)}, headers=client.headers, timeout=60
                )
            )

        uploads = [threading.Thread(target=upload) for _ in range(2)]
        for thread in uploads:
            thread.start()
        for thread in uploads:
            thread.join()
        stored = sum(answer.status_code == 201 for answer in answers)
        assert 503 in {answer.status_code for answer in answers} <= {201, 503}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 503)
        assert client.get("/image/").json()["count"] == before + stored
        assert httpx.get(f"{impatient.url}/health/live/").status_code == 200
