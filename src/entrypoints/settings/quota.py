"""Settings of quotas and rates."""

from typing import Annotated

from msgspec import Meta, Struct

from entrypoints.settings.declaring import about

Most = Annotated[int, Meta(ge=0, le=2**62)]
Rate = Annotated[int, Meta(ge=0, le=1_000_000)]


class QuotaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    images: Annotated[
        Most,
        about("maximum number of images of one user, unless 'calotype users set-quota' says otherwise; 0 = no limit"),
    ] = 0
    bytes: Annotated[
        Most,
        about(
            "maximum size of the originals of one user, in bytes, unless 'calotype users set-quota' says otherwise; 0 = no limit"
        ),
    ] = 0
    requests_per_minute: Annotated[
        Rate, about("maximum number of requests with one access key per minute, in each server process; 0 = no limit")
    ] = 0
    uploads_per_minute: Annotated[
        Rate,
        about(
            "maximum number of uploads with one access key, or with its tickets, per minute, in each server process; 0 = no limit"
        ),
    ] = 0
