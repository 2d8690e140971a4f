"""Bodies of requests in the OpenAPI document."""

from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, RequestBody, Schema

from domain.model.images.details import LONGEST_ALT, LONGEST_TAG, MOST_TAGS
from entrypoints.http.routes.openapi.documented import BINARY, form

# Counted instead of required: from alternatives, generators of clients make a form without fields.
UPLOAD = RequestBody(
    required=True,
    description="The file, in one of the two fields.",
    content=form(
        "multipart/form-data",
        Schema(
            type=OpenAPIType.OBJECT,
            properties={"original": BINARY, "image": BINARY},
            additional_properties=False,
            min_properties=1,
            max_properties=1,
        ),
    ),
)
VISIBLE = Schema(type=OpenAPIType.STRING, min_length=1, pattern=r"\S")
CREDENTIALS = Schema(
    type=OpenAPIType.OBJECT,
    properties={"username": VISIBLE, "password": Schema(type=OpenAPIType.STRING, min_length=1)},
    required=["username", "password"],
)

DETAILS = Schema(
    type=OpenAPIType.OBJECT,
    description="What is not stated stays as it is.",
    properties={
        "name": Schema(type=OpenAPIType.STRING, min_length=1, description="gets the extension of the image's format"),
        "alt": Schema(
            type=OpenAPIType.STRING, max_length=LONGEST_ALT, description="text for people who cannot see the image"
        ),
        "tags": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(type=OpenAPIType.STRING, min_length=1, max_length=LONGEST_TAG),
            max_items=MOST_TAGS,
        ),
        "public": Schema(type=OpenAPIType.BOOLEAN),
        "expires_at": Schema(
            type=[OpenAPIType.STRING, OpenAPIType.NULL],
            format=OpenAPIFormat.DATE_TIME,
            description="when the image is deleted; null = never",
        ),
    },
    additional_properties=False,
)

CHANGES = RequestBody(
    required=True,
    description="A file that replaces the image, in one of the two fields; or new details of the image.",
    content={**(UPLOAD.content or {}), **form("application/json", DETAILS)},
)

LOGGING_IN = RequestBody(
    required=True,
    content={
        **form("application/json", CREDENTIALS),
        **form("application/x-www-form-urlencoded", CREDENTIALS),
        **form("multipart/form-data", CREDENTIALS),
    },
)
