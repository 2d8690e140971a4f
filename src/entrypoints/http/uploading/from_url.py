"""An upload whose body is JSON with the URL of the file."""

from domain.model.images.details import DetailsChange
from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers
from domain.ports.staging import StagedWriter
from entrypoints.http.protocol.json_body import read_object
from entrypoints.http.protocol.problems import AnyRequest, note_field
from entrypoints.http.uploading.details_body import DetailsObject
from entrypoints.http.uploading.whole_body import whole_body


class ImageAtUrl(DetailsObject, frozen=True, kw_only=True):
    """An image to fetch, with its details. ``name`` replaces the name that its server or its URL gives it."""

    url: str


async def fetch(
    request: AnyRequest, file: StagedWriter, *, remote: RemoteServers, limit: int
) -> tuple[str, DetailsChange]:
    """Write the file at the URL in the body of ``request`` to ``file``, at most ``limit`` bytes.

    Returns its name, and the details of its image.

    Raises:
        BodyTooLarge, UploadTooSlow, UploadInterrupted, InvalidBody: of the body.
        FileTooLarge: the file has more bytes.
        UrlProblem: the file cannot be fetched.
    """
    wanted = read_object(await whole_body(request), ImageAtUrl)
    details = wanted.change
    note_field(request, "url")
    given = await remote.fetch(RemoteUrl.parse(wanted.url), file, limit=limit)
    return wanted.new_name or given, details
