"""Errors that only HTTP raises: about forms, headers, queries, ranges and interrupted uploads."""

from domain.errors import Denied, Exhausted, Rejected


class NotAuthenticated(Denied):
    code = "not-authenticated"
    message = "Authentication credentials were not provided."


class NoFile(Rejected):
    code = "no-file"
    message = "No file was submitted."


class NotAFile(Rejected):
    code = "not-a-file"
    message = "The submitted data was not a file. Check the encoding type on the form."


class SeveralFiles(Rejected):
    code = "several-files"
    message = "Submit one file only, in one field named 'original' or 'image'."


class NotMultipart(Rejected):
    code = "not-multipart"
    message = (
        "Send the file as multipart/form-data, in a field named 'original' or 'image', or as the body, with its own media "
        "type or application/octet-stream."
    )


class UrlsNotAccepted(Denied):
    code = "urls-not-accepted"
    message = "This service does not fetch images from URLs. Send the file itself."


class EncodedBody(Rejected):
    code = "encoded-body"
    message = "The body has 'Content-Encoding: {encoding}', which is not decoded here. Send the body without it."
    encoding: str


class MalformedForm(Rejected):
    code = "malformed-form"
    message = "The multipart form could not be read: {problem}."
    problem: str


class UploadsBusy(Exhausted):
    code = "uploads-busy"
    message = "Too many uploads are in progress. Try again in a moment."


class RateExceeded(Exhausted):
    """``measure``: requests or uploads. ``limit``: the number per minute."""

    code = "rate-exceeded"
    message = "This access key may make {limit} {measure} per minute. Try again in {seconds} seconds."
    measure: str
    limit: int
    seconds: int


class RequestsBusy(Exhausted):
    code = "requests-busy"
    message = "Too many requests wait for an answer. Try again in a moment."


class HostNotStated(Rejected):
    """RFC 9112, section 3.2: a request has exactly one Host header."""

    code = "host-not-stated"
    message = "The request has no Host header, or several. Send one."


class UploadTooSlow(Rejected):
    code = "upload-too-slow"
    message = "The upload was too slow and was stopped. Try again over a faster connection."


class UploadInterrupted(Rejected):
    """The client closed the connection, so no one reads the response."""

    code = "upload-interrupted"
    message = "The upload ended before the file was complete."


class InvalidIdempotencyKey(Rejected):
    code = "invalid-idempotency-key"
    message = "Idempotency-Key: give 1 to 255 visible ASCII characters."


class MissingField(Rejected):
    code = "missing-field"
    message = "Required fields are missing: {fields}."
    fields: tuple[str, ...]


class InvalidBody(Rejected):
    code = "invalid-body"
    message = "The body of the request cannot be read: {problem}."
    problem: str


class BodyTooLarge(Rejected):
    """``limit`` is in bytes."""

    code = "body-too-large"
    message = "The body of the request is larger than the limit of {limit:,} bytes."
    limit: int


class UnsupportedMediaType(Rejected):
    code = "unsupported-media-type"
    message = "Send the body as one of: {accepted}."
    accepted: tuple[str, ...]


class InvalidCursor(Rejected):
    code = "invalid-cursor"
    message = "This service did not make this cursor. Start again without it, and use the URLs in 'next' unchanged."


class InvalidParameter(Rejected):
    """``expected`` says which values ``parameter``, a query parameter, may have."""

    code = "invalid-parameter"
    message = "Give {expected}."
    parameter: str
    expected: str


class RangeNotSatisfiable(Rejected):
    """``size`` is the size of the whole file in bytes."""

    code = "range-not-satisfiable"
    message = "The range lies outside the file, which has {size:,} bytes."
    size: int
