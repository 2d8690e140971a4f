"""What is not there."""

from dataclasses import dataclass

from domain.errors.families import NotFound


@dataclass(eq=False)
class ImageNotFound(NotFound):
    code = "image-not-found"

    def __str__(self) -> str:
        return "Not found."


@dataclass(eq=False)
class VariantNotFound(NotFound):
    code = "variant-not-found"
    variant: str

    def __str__(self) -> str:
        return f"There is no variant named '{self.variant}'."


@dataclass(eq=False)
class VariantPending(NotFound):
    code = "variant-pending"
    variant: str

    def __str__(self) -> str:
        return f"The '{self.variant}' variant is not made yet. Try again in a few seconds."


@dataclass(eq=False)
class VariantFailed(NotFound):
    code = "variant-failed"
    variant: str

    def __str__(self) -> str:
        return f"The '{self.variant}' variant could not be made from this picture. The original is intact."


@dataclass(eq=False)
class UserNotFound(NotFound):
    code = "user-not-found"
    username: str

    def __str__(self) -> str:
        return f"There is no user named '{self.username}'."


@dataclass(eq=False)
class AccessKeyNotFound(NotFound):
    code = "access-key-not-found"

    def __str__(self) -> str:
        return "There is no such access key."


@dataclass(eq=False)
class BlobNotFound(NotFound):
    code = "blob-not-found"

    def __str__(self) -> str:
        return "The stored bytes are not there."
