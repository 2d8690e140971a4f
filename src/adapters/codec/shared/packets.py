"""Packets: one message each, in MessagePack, sent whole or not at all, with open files attached."""

import os
import socket
from array import array
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

LARGEST_PACKET = 65_536
"""Bytes of one message; those that are sent have a few hundred."""

MOST_FILES = 32  # attached to one message; a worker may have twice as many open
_BYTES_PER_DESCRIPTOR = array("i").itemsize

_Message = TypeVar("_Message")
_encoder = msgspec.msgpack.Encoder()


class Malformed(Exception):
    """The other side sent something that is not a message of the expected type."""


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets that keep the boundaries of packets."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(link: socket.socket, message: msgspec.Struct, files: Sequence[int] = ()) -> None:
    """Send ``message`` with copies of the descriptors ``files``.

    Raises:
        OSError: the other side is gone, or does not read.
    """
    packet = _encoder.encode(message)
    if not files:
        # A worker may write to its socket, and has no right to any call that could attach its files.
        os.write(link.fileno(), packet)
        return
    socket.send_fds(link, [packet], list(files))


def receive(link: socket.socket, files: int = 0) -> tuple[bytes, list[int]]:
    """One packet, empty if the other side is gone, and the descriptors that are attached to it, at most ``files``.

    Raises:
        OSError: nothing can be received.
    """
    if not files:
        return link.recv(LARGEST_PACKET), []
    packet, ancillary, _, _ = link.recvmsg(
        LARGEST_PACKET, socket.CMSG_SPACE(files * _BYTES_PER_DESCRIPTOR), socket.MSG_CMSG_CLOEXEC
    )
    received = array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            received.frombytes(data[: len(data) - len(data) % _BYTES_PER_DESCRIPTOR])
    return packet, list(received)


class PacketDecoder(Generic[_Message]):
    """Decodes packets into messages of one type, which may be a union."""

    def __init__(self, type: object) -> None:
        self._decoder: msgspec.msgpack.Decoder[_Message] = msgspec.msgpack.Decoder(type)

    def decode(self, packet: bytes) -> _Message:
        """
        Raises:
            Malformed: it is no message of the type.
        """
        try:
            return self._decoder.decode(packet)
        except (msgspec.DecodeError, ValueError) as error:
            raise Malformed(str(error)) from None
