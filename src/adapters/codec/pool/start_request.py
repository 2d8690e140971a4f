"""The messages between the server and the fork server."""

from msgspec import Struct

from adapters.codec.shared.limits import Confinement


class StartWorker(Struct, frozen=True, tag=True):
    """Fork a worker that is confined like this. Attached: its socket."""

    confinement: Confinement


class WorkerStarted(Struct, frozen=True, tag=True):
    """The worker is forked: its process id. Attached: its process descriptor."""

    process: int


class WorkerNotStarted(Struct, frozen=True, tag=True):
    """No worker could be forked now, for the reason that is given; perhaps later."""

    reason: str
