"""An upload whose body is the file itself."""

from adapters.shared.header_parameters import read_parameters
from domain.errors import InvalidValue
from domain.ports.staging import StagedWriter
from entrypoints.http.ignored import note_if_stated
from entrypoints.http.protocol.problems import AnyRequest
from entrypoints.http.protocol.queries import first_values
from entrypoints.http.uploading.upload_content import UploadContent

OCTETS = "application/octet-stream"


class RawContent(UploadContent):
    """The bytes of the body are those of the file. Its name is in ``Content-Disposition``, or else in the query."""

    overhead = 0

    def __init__(self, request: AnyRequest, largest_file: int) -> None:
        """
        Raises:
            InvalidValue: the name is not in UTF-8.
        """
        self.limit = largest_file
        self._name = _name(request)

    async def take(self, chunk: bytes, file: StagedWriter) -> None:
        await file.write(chunk)

    def end(self) -> str:
        return self._name


def _name(request: AnyRequest) -> str:
    _, parameters = read_parameters(request.headers.get("content-disposition", ""))
    name = parameters.get("filename", "")
    if name:
        note_if_stated(request.scope, "name")
    else:
        name = first_values(request.scope).get("name", "")
    if any("\udc80" <= each <= "\udcff" for each in name):
        raise InvalidValue("Content-Disposition", "the name of the file is not in UTF-8")
    return name
