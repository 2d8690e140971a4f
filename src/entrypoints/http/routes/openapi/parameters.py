"""Parameters of operations in the OpenAPI document."""

from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, Schema

from domain.model.images.details import LONGEST_TAG
from domain.model.images.naming import LARGEST_INTEGER
from domain.model.images.page import DEFAULT_LIMIT, LARGEST_LIMIT, Ordering
from domain.model.pixels.media import ImageFormat
from entrypoints.http.routes.list_query import LONGEST_SEARCH
from entrypoints.http.routes.openapi.documented import query, request_header
from entrypoints.http.serving.waiting import LONGEST_WAIT

HELD = request_header("If-None-Match", "ETags of the versions that the client has")
CONDITIONS = (
    request_header("If-Match", "ETags, one of which the image must have"),
    request_header("If-Unmodified-Since", "the image must not have been modified after this time"),
)
CHANGE_CONDITIONS = (*CONDITIONS, request_header("If-None-Match", "ETags, or *, none of which the image may have"))
NAMES = (
    request_header("Content-Disposition", "if the body is the file: its name, in filename or filename*"),
    query("name", "if the body is the file, and Content-Disposition does not name it: its name"),
)

WAIT = query(
    "wait",
    "by id: answer when no variant is pending, at the latest after so many seconds",
    Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=LONGEST_WAIT),
)

INTEGER = Schema(type=OpenAPIType.INTEGER)
BOUND = Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=LARGEST_INTEGER)
MOMENT = Schema(
    any_of=[Schema(type=OpenAPIType.STRING, format=each) for each in (OpenAPIFormat.DATE_TIME, OpenAPIFormat.DATE)]
)

FILTERS = (
    query("type", "format", Schema(type=OpenAPIType.STRING, enum=[each.value for each in ImageFormat])),
    query(
        "search",
        "part of the name, in upper or lower case",
        Schema(type=OpenAPIType.STRING, max_length=LONGEST_SEARCH),
    ),
    query("tag", "one of the image's tags", Schema(type=OpenAPIType.STRING, max_length=LONGEST_TAG)),
    query("public", "whether the image is public", Schema(type=OpenAPIType.BOOLEAN)),
    query("created_after", "stored at or after this time", MOMENT),
    query("created_before", "stored before this time", MOMENT),
    *(
        query(f"{end}_{what}", f"{limit} {what} in {unit}", BOUND)
        for what, unit in (("width", "pixels"), ("height", "pixels"), ("size", "bytes"))
        for end, limit in (("min", "minimum"), ("max", "maximum"))
    ),
    query(
        "uploaded_sha256",
        "SHA-256 of the upload, in hexadecimal: whether a file was uploaded before",
        Schema(type=OpenAPIType.STRING, pattern="^[0-9a-fA-F]{64}$"),
    ),
)

LISTING = (
    query(
        "limit",
        f"images per page, at most {LARGEST_LIMIT}",
        Schema(type=OpenAPIType.INTEGER, default=DEFAULT_LIMIT),
    ),
    query("offset", "images to skip", INTEGER),
    query("cursor", "position in the list, from the URL in 'next' or 'previous'"),
    query(
        "ordering",
        "the order of the list",
        Schema(type=OpenAPIType.STRING, enum=[each.value for each in Ordering], default=Ordering.NEWEST.value),
    ),
    *FILTERS,
)
