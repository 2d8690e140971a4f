"""Settings of webhooks."""

from typing import Annotated

from msgspec import Struct

from entrypoints.settings.declaring import Positive, about


class Webhooks(Struct, frozen=True, forbid_unknown_fields=True):
    concurrency: Annotated[
        Positive, about("number of events that each process delivers at once, of each webhook one at a time")
    ] = 8
    attempts: Annotated[
        Positive,
        about("maximum number of attempts to deliver an event; then its job is marked failed; 15 take about a day"),
    ] = 15
