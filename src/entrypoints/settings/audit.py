"""Settings of the audit."""

from typing import Annotated

from msgspec import Struct

from entrypoints.settings.declaring import Positive, about


class Audit(Struct, frozen=True, forbid_unknown_fields=True):
    log: Annotated[
        bool, about("whether it is logged who changed what: a line of the logger calotype.audit for each change")
    ] = False
    table: Annotated[
        bool, about("whether it is recorded in the database who changed what, for 'calotype audit list'")
    ] = False
    retention_days: Annotated[Positive, about("number of days after which such records are removed")] = 365
