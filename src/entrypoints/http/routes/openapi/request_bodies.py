"""Bodies of requests in the OpenAPI document."""

from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, RequestBody, Schema

from domain.model.images.details import LONGEST_ALT, LONGEST_TAG, MOST_TAGS
from domain.model.pixels.source import EVERY_FORMAT
from domain.model.remote.remote_url import LONGEST_URL
from entrypoints.http.routes.openapi.documented import BINARY, form
from entrypoints.http.uploading.raw_content import OCTETS

FILE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="the file")
FILE_CONTENT = {
    **form(
        "multipart/form-data",
        # Counted instead of required: from alternatives, generators of clients make a form without fields.
        Schema(
            type=OpenAPIType.OBJECT,
            properties={"original": FILE, "image": FILE},
            additional_properties=False,
            min_properties=1,
            max_properties=1,
        ),
    ),
    **form(OCTETS, BINARY),
    **{media_type: each for format in EVERY_FORMAT for media_type, each in form(format.media_type, BINARY).items()},
}
DETAIL_MEMBERS = {
    "alt": Schema(
        type=OpenAPIType.STRING, max_length=LONGEST_ALT, description="text for people who cannot see the image"
    ),
    "tags": Schema(
        type=OpenAPIType.ARRAY,
        items=Schema(type=OpenAPIType.STRING, min_length=1, max_length=LONGEST_TAG),
        max_items=MOST_TAGS,
        description="tags of the image",
    ),
    "public": Schema(type=OpenAPIType.BOOLEAN, description="whether anyone may see the image"),
}
"""What is said about an image, but for the time at which it expires: a ticket has another name for that."""
EXPIRES_AT = Schema(
    type=[OpenAPIType.STRING, OpenAPIType.NULL],
    format=OpenAPIFormat.DATE_TIME,
    description="when the image is deleted; null = never",
)

URL = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "url": Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.URI,
            max_length=LONGEST_URL,
            description="where the file is fetched from",
        ),
        "name": Schema(type=OpenAPIType.STRING, description="replaces the name that the server or the URL gives"),
        **DETAIL_MEMBERS,
        "expires_at": EXPIRES_AT,
    },
    required=["url"],
    additional_properties=False,
)
UPLOAD = RequestBody(
    required=True,
    description="A form with the file in one of the two fields, or the file itself; or its URL, if the settings say so.",
    content={**FILE_CONTENT, **form("application/json", URL)},
)
FILE_ONLY = RequestBody(
    required=True,
    description="A form with the file in one of the two fields, or the file itself.",
    content=FILE_CONTENT,
)
CREDENTIALS = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        "username": Schema(type=OpenAPIType.STRING, min_length=1, pattern=r"\S", description="name of the user"),
        "password": Schema(type=OpenAPIType.STRING, min_length=1, description="password of the user"),
    },
    required=["username", "password"],
)

LOGGING_IN_EXAMPLE = {"username": "alice", "password": "correct horse battery staple"}

DETAILS = Schema(
    type=OpenAPIType.OBJECT,
    description="What is not stated stays as it is.",
    properties={
        "name": Schema(type=OpenAPIType.STRING, min_length=1, description="gets the extension of the image's format"),
        **DETAIL_MEMBERS,
        "expires_at": EXPIRES_AT,
    },
    additional_properties=False,
)

CHANGES = RequestBody(
    required=True,
    description="A file that replaces the image, as for PUT; or new details of the image.",
    content={
        **FILE_CONTENT,
        **form("application/json", DETAILS, {"alt": "A rocket on its launch pad", "tags": ["rocket"]}),
    },
)

LOGGING_IN = RequestBody(
    required=True,
    content={
        **form("application/json", CREDENTIALS, LOGGING_IN_EXAMPLE),
        **form("application/x-www-form-urlencoded", CREDENTIALS, LOGGING_IN_EXAMPLE),
        **form("multipart/form-data", CREDENTIALS, LOGGING_IN_EXAMPLE),
    },
)
