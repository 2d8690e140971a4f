"""The operations in the OpenAPI document: what each takes, and everything that it answers."""

from litestar.openapi.spec import OpenAPIType, Schema

from domain import errors as domain
from domain.model.pixels.media import ImageFormat
from entrypoints.http.protocol import errors as http
from entrypoints.http.routes.openapi.documented import (
    OPEN,
    WITH_TOKEN_OR_LINK,
    Documented,
    Success,
    query,
    request_header,
)
from entrypoints.http.routes.openapi.documented_errors import (
    DocumentedErrors,
    ListProblem,
    LogInProblem,
    ShowProblem,
    UploadProblem,
)
from entrypoints.http.routes.openapi.examples import HEALTHY, IMAGE, PAGE, TOKEN, UNHEALTHY
from entrypoints.http.routes.openapi.parameters import CHANGE_CONDITIONS, CONDITIONS, HELD, LISTING, NAMES, WAIT
from entrypoints.http.routes.openapi.request_bodies import CHANGES, FILE_ONLY, LOGGING_IN, UPLOAD
from entrypoints.http.serving.waiting import EXPECTED_WAIT
from entrypoints.http.uploading.idempotency import LONGEST_KEY
from entrypoints.schemas import HealthObject, ImageObject, ImagePage, TokenObject

MEDIA_TYPES = tuple(each.media_type for each in ImageFormat)
REFERENCE = {"reference": "the id of the image, or its name"}

ADMISSION = (http.HostNotStated, http.RequestsBusy)
AUTHENTICATION = (*ADMISSION, http.RateExceeded, http.NotAuthenticated, domain.InvalidToken, domain.ScopeMissing)
AWAY = (domain.DatabaseUnavailable, domain.BlobStoreUnavailable)
AWAY_OR_READ_ONLY = (*AWAY, domain.ReadOnly)
UPLOADING = (
    *AUTHENTICATION,
    http.NotMultipart,
    http.EncodedBody,
    http.MalformedForm,
    domain.InvalidValue,
    http.NoFile,
    http.NotAFile,
    http.SeveralFiles,
    http.UploadTooSlow,
    http.UploadsBusy,
    domain.FileTooLarge,
    domain.EmptyFile,
    domain.UndecodableImage,
    domain.FormatNotAccepted,
    domain.ImageTooLarge,
    domain.ImageTooExpensive,
    domain.ImageNameTaken,
    domain.BlobExpired,
    domain.QuotaExceeded,
    domain.CodecBusy,
    domain.Unavailable,
)

ETAG = {"ETag": "the entity tag of this version"}
LOCATED = {**ETAG, "Location": "the URL of the image object"}
REVALIDATED = {
    **ETAG,
    "Cache-Control": "whether and how long this may be stored",
    "Vary": "the headers of the request that this depends on",
}
MODIFIED = {"Last-Modified": "the end of the second of the last change, once it is over"}
FILE = {
    **REVALIDATED,
    **MODIFIED,
    "Accept-Ranges": "bytes",
    "Content-Disposition": "the name of the image",
    "Content-Length": "the size in bytes",
}

STORE = Documented(
    successes=(
        Success(
            status=201,
            about="The image is stored, or was stored by an earlier request with this Idempotency-Key.",
            body=ImageObject,
            example=IMAGE,
            headers=LOCATED,
            is_image=True,
        ),
        Success(
            status=200,
            about="This user had uploaded the same bytes before, and the settings say that the image that exists is returned.",
            body=ImageObject,
            example=IMAGE,
            headers=LOCATED,
            is_image=True,
        ),
    ),
    errors=DocumentedErrors(
        (
            *UPLOADING,
            http.InvalidBody,
            http.BodyTooLarge,
            http.UrlsNotAccepted,
            domain.UrlProblem,
            http.InvalidIdempotencyKey,
            domain.IdempotencyKeyReused,
            domain.SubmissionKeyTaken,
            domain.SubmittedImageDeleted,
        ),
        UploadProblem,
    ),
    parameters=(
        request_header(
            "Idempotency-Key",
            "1 to 255 visible ASCII characters; the same upload under the same key is stored once in 24 hours",
            Schema(type=OpenAPIType.STRING, min_length=1, max_length=LONGEST_KEY, pattern="^[!-~]+$"),
        ),
        *NAMES,
    ),
    request_body=UPLOAD,
)

LIST = Documented(
    successes=(
        Success(status=200, about="A page of images.", body=ImagePage, example=PAGE, headers=REVALIDATED),
        Success(status=304, about="The client has this page.", headers=REVALIDATED),
    ),
    errors=DocumentedErrors(
        (
            *AUTHENTICATION,
            http.InvalidParameter,
            http.InvalidCursor,
            domain.PreconditionFailed,
            *AWAY,
        ),
        ListProblem,
        (domain.ScopeMissing("read"),),
    ),
    parameters=(*LISTING, HELD, *CONDITIONS[:1]),
)

PART = Success(
    status=206,
    about="The range of bytes that was asked for.",
    headers={**FILE, "Content-Range": "the range, and the size of the whole file"},
    files=MEDIA_TYPES,
)
VARIANT = (
    "The variant. Where an AVIF is beside it, a client gets that if Accept names image/avif, and Vary names Accept."
)
UNCHANGED = Success(status=304, about="The client has this version.", headers={**REVALIDATED, **MODIFIED})
READING_FILES = (
    request_header("Range", "range of bytes to send"),
    request_header("If-Range", "ETag or time of the version of which a range is wanted"),
    HELD,
    request_header("If-Modified-Since", "time of the version that the client has"),
    *CONDITIONS,
)
OF_VARIANT = (domain.VariantNotFound, domain.VariantPending, domain.VariantFailed)
SENDING = (domain.BlobNotFound, domain.PreconditionFailed, http.RangeNotSatisfiable, *AWAY)


def _showing(about: str, path: dict[str, str], *, has_description: bool) -> Documented:
    return Documented(
        successes=(
            Success(
                status=200,
                about=about,
                body=ImageObject if has_description else None,
                example=IMAGE if has_description else None,
                headers=FILE,
                files=MEDIA_TYPES,
            ),
            PART,
            Success(
                status=302,
                about="Where the store has the file, if the settings say so.",
                headers={"Location": "a link", "Cache-Control": "no-store", "Vary": REVALIDATED["Vary"]},
            ),
            UNCHANGED,
        ),
        errors=DocumentedErrors(
            (
                *AUTHENTICATION,
                domain.LinkInvalid,
                domain.LinkExpired,
                domain.ImageNotFound,
                *((http.InvalidParameter,) if has_description else OF_VARIANT),
                *SENDING,
            ),
            ShowProblem,
            (http.InvalidParameter("wait", EXPECTED_WAIT), domain.ScopeMissing("read")),
        ),
        path=path,
        parameters=(
            *((WAIT,) if has_description else ()),
            query("expires", "of a link: when it expires"),
            query("key", "of a link: the bytes that it opens"),
            query("signature", "of a link: its signature"),
            *READING_FILES,
        ),
        security=WITH_TOKEN_OR_LINK,
    )


SHOW = _showing("By id: the image object. By name, or by a link: the image.", REFERENCE, has_description=True)
OF_NAME = {**REFERENCE, "variant": "the name of the variant, such as small"}
SHOW_VARIANT = _showing(VARIANT, OF_NAME, has_description=False)


def _showing_to_anyone(about: str, path: dict[str, str], *variant_errors: type[domain.CalotypeError]) -> Documented:
    return Documented(
        successes=(Success(status=200, about=about, headers=FILE, files=MEDIA_TYPES), PART, UNCHANGED),
        errors=DocumentedErrors((domain.ImageNotFound, *variant_errors, *SENDING)),
        path=path,
        parameters=(query("v", "the version of the bytes, which lets caches keep them"), *READING_FILES),
        security=OPEN,
    )


SHOW_PUBLIC = _showing_to_anyone(
    "The original of a public image.", {"file": "the slug of the image and the extension of its format, with a dot"}
)
SHOW_PUBLIC_VARIANT = _showing_to_anyone(
    VARIANT,
    {"slug": "the slug of the image", "file": "the name of the variant and the extension of its format, with a dot"},
    *OF_VARIANT,
)

REPLACE = Documented(
    successes=(Success(status=200, about="The image is replaced.", body=ImageObject, example=IMAGE, headers=ETAG),),
    errors=DocumentedErrors(
        (*UPLOADING, domain.ImageNotFound, domain.PreconditionFailed, domain.FormatDiffers, domain.StaleImage),
        UploadProblem,
    ),
    path=REFERENCE,
    parameters=(*CHANGE_CONDITIONS, *NAMES),
    request_body=FILE_ONLY,
)

CHANGE = Documented(
    successes=(Success(status=200, about="The image is changed.", body=ImageObject, example=IMAGE, headers=ETAG),),
    errors=DocumentedErrors((*REPLACE.errors.raised, http.InvalidBody, http.BodyTooLarge), UploadProblem),
    path=REFERENCE,
    parameters=REPLACE.parameters,
    request_body=CHANGES,
)

DELETE = Documented(
    successes=(Success(status=204, about="The image is deleted."),),
    errors=DocumentedErrors(
        (*AUTHENTICATION, domain.ImageNotFound, domain.PreconditionFailed, domain.StaleImage, *AWAY_OR_READ_ONLY),
        examples=(domain.ScopeMissing("delete"),),
    ),
    path=REFERENCE,
    parameters=CHANGE_CONDITIONS,
)

LOG_IN = Documented(
    successes=(Success(status=200, about="The token of the user.", body=TokenObject, example=TOKEN),),
    errors=DocumentedErrors(
        (
            http.MissingField,
            http.InvalidBody,
            http.MalformedForm,
            http.NotMultipart,
            http.EncodedBody,
            http.UnsupportedMediaType,
            http.UploadTooSlow,
            http.BodyTooLarge,
            domain.WrongCredentials,
            domain.TooManyAttempts,
            *AWAY_OR_READ_ONLY,
        ),
        LogInProblem,
        (http.InvalidBody("a JSON object with 'username' and 'password' is expected"),),
    ),
    request_body=LOGGING_IN,
    security=OPEN,
)

LIVE = Documented(
    successes=(Success(status=200, about="The process answers.", body=HealthObject, example=HEALTHY),),
    security=OPEN,
)
READY = Documented(
    successes=(
        Success(status=200, about="Every part answers.", body=HealthObject, example=HEALTHY),
        Success(
            status=503,
            about="The names of the parts that fail, each with an error code.",
            body=HealthObject,
            example=UNHEALTHY,
            headers={"Retry-After": "seconds"},
        ),
    ),
    security=OPEN,
)
METRICS = Documented(
    successes=(Success(status=200, about="Figures for Prometheus.", files=("text/plain",)),),
    security=OPEN,
)
