"""Objects in the OpenAPI document: what a server answered after a photograph was uploaded and its variants were made."""

from entrypoints.schemas import (
    AccountObject,
    AmountObject,
    CompressionReceipt,
    HealthObject,
    ImageObject,
    ImagePage,
    RateObject,
    TicketObject,
    TokenObject,
    VariantObject,
)

ORIGINAL = (
    "http://127.0.0.1:8000/image/rocket.jpg/?expires=1795712400&key=6c4abcdc7b23376d1dc003f7c9ac9fd9"
    "&signature=pPTBiV7iwMtR9CVBZCGcBHCAJ1ktQNY0Zf49TuoDfvM"
)
SMALL = (
    "http://127.0.0.1:8000/image/rocket.jpg/small/?expires=1795712400&key=a76c5c82ed6067f743bd0223416ccc7e"
    "&signature=b8i2LXRknNWAs5QzJnuXxNDtIKK52D70w1iQqmIjlnE"
)
MEDIUM = (
    "http://127.0.0.1:8000/image/rocket.jpg/medium/?expires=1795712400&key=8191ef605e52a0e474bcf5efd69c9ea7"
    "&signature=-ZIiyetrZMyukQUFjblqG8DL2q9qbk3mFKCJi0JIPQw"
)
PUBLIC = "http://127.0.0.1:8000/p/tS8fGkP1yC4mWqXz0aVn7B"

IMAGE = ImageObject(
    id=1,
    name="rocket.jpg",
    original=ORIGINAL,
    small=SMALL,
    medium=MEDIUM,
    created_at="2026-11-26T15:17:37.794364Z",
    updated_at="2026-11-26T15:17:37.794364Z",
    user=1,
    sent_name=None,
    format="jpeg",
    uploaded_format="jpeg",
    width=1280,
    height=854,
    frames=1,
    size=38_381,
    uploaded_size=106_236,
    sha256="09549670b953912f43c617aee2f03a4b6c20c917ecdb84bd0397767e89bafe84",
    thumbhash="0+YFDYBpeqeAaIiId3h3eDCiCUOq",
    compression=CompressionReceipt(
        mode="excellent",
        codec="jpegli",
        lossless=False,
        score=85.59,
        lowest=82.74,
        metric="ssimulacra2",
        uploaded_size=106_236,
        size=38_381,
        pages=1,
        dropped=(),
    ),
    variants={
        "medium": VariantObject(
            state="ready",
            url=MEDIUM,
            public_url=f"{PUBLIC}/medium.jpg?v=5c1a8f2b90de",
            format="jpeg",
            width=450,
            height=300,
            size=19_854,
            failure=None,
        ),
        "small": VariantObject(
            state="ready",
            url=SMALL,
            public_url=f"{PUBLIC}/small.jpg?v=e07d43b6a1f9",
            format="jpeg",
            width=150,
            height=100,
            size=3774,
            failure=None,
        ),
    },
    alt="A rocket on its launch pad",
    tags=("rocket", "space"),
    public=True,
    public_url=f"{PUBLIC}.jpg?v=09549670b953",
    expires_at=None,
)
PAGE = ImagePage(count=1, next=None, previous=None, results=(IMAGE,))
TOKEN = TokenObject("clt_" + "0" * 65)  # a real one would be a secret
TICKET = TicketObject(
    "http://127.0.0.1:8000/upload/?ticket=mbZFVWtWNmRoazVTM2s4YmdTSEZRWU1xxBAAAAAAAAAAAAAAAAAAAAAA1_8AAAAAagsAAMDAwJDAwA."
    + "0" * 43,  # a real one would be a secret
    "2026-11-26T16:17:37.794364Z",
)
ACCOUNT = AccountObject(
    images=AmountObject(used=120, quota=1000, left=880),
    bytes=AmountObject(used=48_213_000, quota=10_000_000_000, left=9_951_787_000),
    requests=None,
    uploads=RateObject(limit=60, remaining=59, reset=1),
)
HEALTHY = HealthObject("ok")
UNHEALTHY = HealthObject("unavailable", {"database": "database-unavailable"})
