"""Ending connections of clients that take too much: too many, or too slow to accept what they asked for.

The deadlines of the HTTP server end connections that are idle or slow to send headers, and the reader of uploads ends slow
bodies. What is left is looked at once a second, from outside: ``tcp_sockets``.
"""

import asyncio
import heapq
import logging
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from adapters.shared.threads import Threads
from entrypoints.http.admission.client_addresses import ClientAddresses, share_of
from entrypoints.http.admission.tcp_sockets import TcpSocket, accepted_sockets, end_connection
from entrypoints.open_files import most_connections, raise_file_limit
from entrypoints.settings.http import Http

log = logging.getLogger("calotype.http")

LOOK_EVERY: Final = 1.0  # seconds
FRESH: Final = 2.0  # seconds after which a connection is judged by its rate
FULL: Final = 0.75  # of all connections: from then on, those that transfer least are ended
ROOM: Final = 0.5  # of all connections: what they are reduced to then
REPORT_EVERY: Final = 60.0  # seconds
ENDED_IN: Final = 50  # parts; clients that connect again would otherwise all do so at once, and hold up others
BETWEEN: Final = 0.01  # seconds between two parts


@dataclass(slots=True, eq=False)
class _Watched:
    """``served``: when it was last seen with nothing left to send after something was sent; at first, when it was accepted.
    ``since``: the beginning of the current measurement of its rate, at which it had accepted ``accepted`` bytes.
    """

    now: TcpSocket
    first_seen: float
    served: float
    moved_when_served: int
    times_served: int = 0
    since: float | None = None
    accepted: int = 0

    def take(self, seen: TcpSocket, at: float) -> None:
        if seen.is_waiting:
            if self.since is None:
                self.since, self.accepted = at, seen.accepted
        else:
            self.since = None
            if seen.accepted > self.now.accepted:
                self.served, self.moved_when_served = at, _moved(seen)
                self.times_served += 1
        self.now = seen

    def is_too_slow(self, least_rate: int, period: float, at: float) -> bool:
        """Whether the client accepts fewer bytes than it must, on average over each ``period``."""
        if self.since is None or at - self.since < period:
            return False
        too_slow = self.now.accepted - self.accepted < least_rate * (at - self.since)
        self.since, self.accepted = at, self.now.accepted
        return too_slow

    def worth(self, at: float) -> tuple[bool, float, bool, int, int, float]:
        """How much speaks for keeping the connection, compared with others of the same client.

        Those on which the client has sent nothing are worth least. Then come those that wait, by what they have transferred in
        each second since they were last served. Those that were served just now, or are new, are worth more; of them, those
        that have accepted all that was sent, those that were served more often, those that have transferred more, such as an
        upload compared with a request of which little comes, and the older ones.
        """
        waited = at - self.served
        rate = (_moved(self.now) - self.moved_when_served) / waited if waited >= FRESH else float("inf")
        is_served = not self.now.is_waiting
        return self.now.received > 0, rate, is_served, self.times_served, _moved(self.now), -self.first_seen


def _moved(seen: TcpSocket) -> int:
    return seen.accepted + seen.received


class ConnectionWatch:
    """The connections accepted on ``port``: at most ``most`` in all, and ``per_address`` of one client.

    A client must accept ``least_rate`` bytes per second, on average over each ``period`` of seconds, while it is sent any.
    """

    def __init__(
        self, port: int, addresses: ClientAddresses, *, most: int, per_address: int, least_rate: int, period: float
    ) -> None:
        self._port = port
        self._addresses = addresses
        self._most = most
        self._per_address = per_address
        self._least_rate = least_rate
        self._period = period
        self._watched: dict[tuple[int, tuple[str, int]], _Watched] = {}
        self._ended: Counter[str] = Counter()
        self._reported = float("-inf")

    async def keep_looking(self) -> None:
        """Look once in ``LOOK_EVERY`` seconds, until cancelled."""
        thread = Threads(1, "connections")
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await thread.run(lambda: self.look(time.monotonic()))
            except OSError as error:  # such as no file being free to read the folder of files
                log.warning("connections cannot be looked at: %s", error)

    def look(self, at: float) -> None:
        """End what is too much at ``at``, a time of a monotonic clock. Takes up to half a second for each reason."""
        self._see(accepted_sockets(self._port), at)
        reasons: tuple[tuple[str, Callable[[float], Iterator[_Watched]]], ...] = (
            ("too slow to accept responses", self._slow),
            ("more than http.connections_per_address", self._over_shares),
            ("nearly as many as can be open", self._over_all),
        )
        for reason, found in reasons:
            self._end(list(found(at)), reason)
        self._report(at)

    def _end(self, connections: Sequence[_Watched], reason: str) -> None:
        part = math.ceil(len(connections) / ENDED_IN)
        for number, each in enumerate(connections):
            if number and number % part == 0:
                time.sleep(BETWEEN)
            end_connection(each.now)
            del self._watched[each.now.number, each.now.peer]
            self._ended[reason] += 1

    def _see(self, sockets: Iterable[TcpSocket], at: float) -> None:
        known, self._watched = self._watched, {}
        for each in sockets:
            key = (each.number, each.peer)
            watched = known.get(key)
            if watched is None or each.accepted < watched.now.accepted:
                watched = _Watched(each, at, at, _moved(each), int(each.accepted > 0 and not each.is_waiting))
            watched.take(each, at)
            self._watched[key] = watched

    def _slow(self, at: float) -> Iterator[_Watched]:
        return (each for each in self._watched.values() if each.is_too_slow(self._least_rate, self._period, at))

    def _over_shares(self, at: float) -> Iterator[_Watched]:
        shares: defaultdict[str, list[_Watched]] = defaultdict(list)
        for each in self._watched.values():
            shares[each.now.peer[0]].append(each)
        joined: defaultdict[str, list[_Watched]] = defaultdict(list)
        for address, held in shares.items():
            if not self._addresses.is_trusted(address):
                joined[share_of(address)] += held
        for held in joined.values():
            yield from _least(held, len(held) - self._per_address, at)

    def _over_all(self, at: float) -> Iterator[_Watched]:
        if len(self._watched) >= self._most * FULL:
            yield from _least(self._watched.values(), len(self._watched) - int(self._most * ROOM), at)

    def _report(self, at: float) -> None:
        if self._ended and at - self._reported >= REPORT_EVERY:
            self._reported = at
            for reason, number in self._ended.items():
                log.warning("%d connections were ended: %s", number, reason)
            self._ended.clear()


def _least(connections: Iterable[_Watched], number: int, at: float) -> list[_Watched]:
    return heapq.nsmallest(number, connections, key=lambda each: each.worth(at)) if number > 0 else []


@asynccontextmanager
async def watched_connections(http: Http, addresses: ClientAddresses) -> AsyncIterator[None]:
    """Watch the connections of this process. Those of a Unix socket are not watched, nor is anything but on Linux."""
    if sys.platform != "linux" or http.socket:
        yield
        return
    watch = ConnectionWatch(
        http.port,
        addresses,
        most=most_connections(raise_file_limit(), http.connections),
        per_address=http.connections_per_address,
        least_rate=http.least_rate,
        period=http.upload_pause,
    )
    watching = asyncio.create_task(watch.keep_looking())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
