"""An upload whose body is JSON with the URL of the file."""

from msgspec import Struct

from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers
from domain.ports.staging import StagedWriter
from entrypoints.http.protocol.problems import AnyRequest, note_field
from entrypoints.http.uploading.json_body import read_object
from entrypoints.http.uploading.whole_body import whole_body


class ImageAtUrl(Struct, frozen=True, forbid_unknown_fields=True):
    """An image to fetch. ``name`` replaces the name that its server or its URL gives it."""

    url: str
    name: str = ""


async def fetch(request: AnyRequest, file: StagedWriter, *, remote: RemoteServers, limit: int) -> str:
    """Write the file at the URL in the body of ``request`` to ``file``, at most ``limit`` bytes, and return its name.

    Raises:
        FileTooLarge, UploadTooSlow, UploadInterrupted, InvalidBody: of the body, or of the file.
        UrlProblem: the file cannot be fetched.
    """
    wanted = read_object(await whole_body(request), ImageAtUrl)
    note_field(request, "url")
    given = await remote.fetch(RemoteUrl.parse(wanted.url), file, limit=limit)
    return wanted.name or given
