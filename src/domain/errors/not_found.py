"""Errors about things that do not exist."""

from domain.errors.families import NotFound


class ImageNotFound(NotFound):
    code = "image-not-found"
    message = "Not found."


class VariantNotFound(NotFound):
    code = "variant-not-found"
    message = "There is no variant named '{variant}'."
    variant: str


class VariantPending(NotFound):
    code = "variant-pending"
    message = "The '{variant}' variant is not made yet. Try again in a few seconds."
    variant: str


class VariantFailed(NotFound):
    code = "variant-failed"
    message = "The '{variant}' variant could not be made from this image. The original is intact."
    variant: str


class UserNotFound(NotFound):
    code = "user-not-found"
    message = "There is no user named '{username}'."
    username: str


class AccessKeyNotFound(NotFound):
    code = "access-key-not-found"
    message = "There is no such access key."


class BlobNotFound(NotFound):
    code = "blob-not-found"
    message = "The stored bytes of this image are missing from the store. Restore them from a backup."
