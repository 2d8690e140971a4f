"""Errors about requests that do not fit the present state."""

from domain.errors.families import Conflict


class StaleImage(Conflict):
    """The image was changed between the moment it was read and the moment it was written."""

    code = "stale-image"
    message = "Another request changed the image at the same time. Read it again and repeat your request."


class PreconditionFailed(Conflict):
    code = "precondition-failed"
    message = (
        "The image is not in the state that the request requires. Read it again, and repeat the request if it still "
        "applies."
    )


class ImageNameTaken(Conflict):
    code = "image-name-taken"
    message = "Another image has this name. Choose another."


class SubmissionKeyTaken(Conflict):
    """Another request of the same user stored an image under this key first."""

    code = "submission-key-taken"
    message = "Another upload with this key ended at the same time. Send yours again."


class SubmittedImageDeleted(Conflict):
    code = "submitted-image-deleted"
    message = "The image that was uploaded with this key has been deleted. To store it again, use a new key."


class TicketUsed(Conflict):
    code = "ticket-used"
    message = "This ticket was used for another file, or its image was deleted or replaced. Ask for a new ticket."


class UsernameTaken(Conflict):
    code = "username-taken"
    message = "There is already a user named '{username}'."
    username: str


class AccessKeyNameTaken(Conflict):
    code = "access-key-name-taken"
    message = (
        "The user already has an access key named '{name}'. Choose another name, or rotate or revoke the existing key."
    )
    name: str


class AccessKeyRevoked(Conflict):
    code = "access-key-revoked"
    message = "Key {id} is revoked."
    id: int


class UserHasImages(Conflict):
    code = "user-has-images"
    message = "'{username}' still has images: {images:,}."
    username: str
    images: int


class UserDisabled(Conflict):
    code = "user-disabled"
    message = "The user '{username}' is disabled."
    username: str


class BlobExpired(Conflict):
    """A blob's state was changed by another process: by the sweeper, or by another writer."""

    code = "blob-expired"
    message = "The upload took too long and was discarded. Send it again."
