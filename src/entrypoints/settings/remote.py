"""Settings of requests to other servers."""

from typing import Annotated

from msgspec import Struct

from entrypoints.settings.declaring import Seconds, about


class Remote(Struct, frozen=True, forbid_unknown_fields=True):
    allowed_networks: Annotated[
        tuple[str, ...],
        about(
            "networks that are not public, and whose servers may be contacted all the same, e.g. 10.1.2.0/24;"
            " empty = only public addresses are contacted"
        ),
    ] = ()
    deadline: Annotated[Seconds, about("maximum time of one request to another server, in seconds")] = 15.0
