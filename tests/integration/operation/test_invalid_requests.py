"""Requests that are no valid HTTP are refused, and harm nobody else."""

import socket

import httpx
import pytest

from kit.servers.calotype import Server

HOST = b"Host: a\r\n"
MANY = b"".join(b"X%d: a\r\n" % number for number in range(300))

INVALID = {
    "not HTTP": (b"\x16\x03\x01\r\n\r\n", 400),
    "an unknown version": (b"GET /image/ HTTP/3.9\r\n" + HOST + b"\r\n", 400),
    "a zero byte in the path": (b"GET /image/\x00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a length that is no number": (b"POST /image/ HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n", 400),
    "two lengths": (b"POST /image/ HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a long address": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a long field": (b"GET /image/ HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
    "many fields": (b"GET /image/ HTTP/1.1\r\n" + HOST + MANY + b"\r\n", 431),
}


@pytest.mark.parametrize(("request_bytes", "status"), INVALID.values(), ids=INVALID)
def test_an_invalid_request_is_refused_and_its_connection_closed(
    server: Server, request_bytes: bytes, status: int
) -> None:
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request_bytes)
        try:
            while received := connection.recv(1000):
                answer += received
        except ConnectionResetError:  # what the server did not read of a long request
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in head.lower()
    assert body == b""
    assert httpx.get(f"{server.url}/health/live/").status_code == 200
