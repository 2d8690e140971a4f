"""Which connections are ended, with real sockets."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from entrypoints.http.admission.client_addresses import ClientAddresses
from entrypoints.http.admission.connection_watch import ConnectionWatch
from entrypoints.http.admission.tcp_sockets import accepted_sockets, end_connection

ROOM = 64 * 1024 * 1024  # bytes, more than the kernel keeps for a client


class Service:
    """A listening socket whose connections are watched. ``connect`` returns the client's side and the service's."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
        self.port: int = self._listening.getsockname()[1]

    def watch(self, *, per_address: int = 100, most: int = 1000, trusted: tuple[str, ...] = ()) -> ConnectionWatch:
        return ConnectionWatch(
            self.port, ClientAddresses(trusted), most=most, per_address=per_address, least_rate=1000, period=20
        )

    def connect(self, source: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
        client = socket.create_connection(("127.0.0.1", self.port), source_address=(source, 0))
        accepted, _ = self._listening.accept()
        self._stack.enter_context(client)
        self._stack.enter_context(accepted)
        return client, accepted


@pytest.fixture
def service() -> Iterator[Service]:
    with ExitStack() as stack:
        yield Service(stack)


def ask(client: socket.socket, accepted: socket.socket) -> None:
    client.sendall(b"?" * 100)
    assert accepted.recv(100)
    accepted.sendall(b"!" * 100)
    assert client.recv(100)


def is_ended(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_of_one_address_those_that_were_never_used_go_first(service: Service) -> None:
    watch = service.watch(per_address=2)
    used, other = service.connect(), service.connect("127.0.0.2")
    ask(*used)
    idle = [service.connect() for _ in range(5)]
    watch.look(1)
    assert [is_ended(client) for client, _ in idle].count(True) == 4
    assert not is_ended(used[0])
    assert not is_ended(other[0])


def test_one_that_is_served_again_and_again_outlives_one_that_waits(service: Service) -> None:
    watch = service.watch(per_address=2)
    waiting, used = service.connect(), service.connect()
    waiting[0].sendall(b"?")
    for at in range(1, 6):
        ask(*used)
        watch.look(at)
    third = service.connect()
    ask(*third)
    watch.look(6)
    assert (is_ended(waiting[0]), is_ended(used[0]), is_ended(third[0])) == (True, False, False)


def test_a_new_upload_outlives_older_ones_that_send_little(service: Service) -> None:
    watch = service.watch(per_address=4)
    slow = [service.connect() for _ in range(4)]
    for client, _ in slow:
        client.sendall(b"?")
    watch.look(1)
    uploading, _ = service.connect()
    uploading.sendall(b"!" * 10_000)
    watch.look(1.5)
    assert not is_ended(uploading)
    assert [is_ended(client) for client, _ in slow].count(True) == 1


def test_one_that_begins_to_send_while_others_are_ended_is_not_ended(service: Service) -> None:
    client, _ = service.connect()
    [seen] = accepted_sockets(service.port)
    client.sendall(b"?")
    end_connection(seen)
    assert not is_ended(client)
    [seen] = accepted_sockets(service.port)
    end_connection(seen)
    assert is_ended(client)


def test_those_of_a_trusted_proxy_are_not_counted(service: Service) -> None:
    watch = service.watch(per_address=2, trusted=("127.0.0.0/8",))
    connections = [service.connect() for _ in range(5)]
    watch.look(1)
    assert not any(is_ended(client) for client, _ in connections)


def test_when_nearly_all_are_taken_half_are_freed(service: Service) -> None:
    watch = service.watch(most=8)
    connections = [service.connect() for _ in range(6)]
    watch.look(1)
    assert [is_ended(client) for client, _ in connections].count(True) == 2


def test_a_client_that_accepts_nothing_is_ended_after_the_period(service: Service) -> None:
    watch = service.watch()
    _, accepted = service.connect()
    accepted.setblocking(False)
    assert accepted.send(bytes(ROOM)) < ROOM
    for at in (1, 20):
        watch.look(at)
        accepted.send(b"")  # raises if it was ended
    watch.look(21.5)
    with pytest.raises(OSError):
        accepted.send(b"!")


def test_a_client_that_accepts_enough_is_not_ended(service: Service) -> None:
    watch = service.watch()
    client, accepted = service.connect()
    accepted.setblocking(False)
    accepted.send(bytes(ROOM))
    watch.look(1)
    left = 1_000_000
    while left > 0:
        left -= len(client.recv(left))
    watch.look(22)
    assert accepted.send(b"!") == 1
