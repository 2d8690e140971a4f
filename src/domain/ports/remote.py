"""Other servers, which this service contacts for its users."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from domain.model.remote.remote_url import RemoteUrl
from domain.ports.staging import StagedWriter


class RemoteServers(Protocol):
    """Servers that this service knows only by a URL that somebody gave, and that it does not trust.

    Laws:

    - No connection is made to an address that is not public, unless the operator allowed its network: whatever the URL
      looks like, whichever addresses its host has, and wherever a server redirects to. If one address of a host is
      forbidden, none is contacted.
    - Each call ends within a fixed time, and reads a bounded number of bytes.
    - Nothing is sent but what the call says: no token, no cookie.
    """

    @abstractmethod
    async def fetch(self, url: RemoteUrl, into: StagedWriter, *, limit: int) -> str:
        """Write the file at ``url`` to ``into``, and return its name; "" if it has none.

        At most ``limit`` bytes are written. Redirects are followed. The name is the one that the server gives, or else the
        last part of the URL's path. It is not safe to be used as the name of a local file.

        Raises:
            AddressForbidden: the host, or one to which it redirects, must not be contacted.
            RemoteUnreachable, RemoteTimedOut: the server does not answer, or not in time.
            RemoteFailed: it answers with another status than 2xx, or breaks off.
            FileTooLarge: the file has more than ``limit`` bytes.
            StorageFull, BlobStoreUnavailable: as the writer raises them.
        """
        ...

    @abstractmethod
    async def send(self, method: str, url: RemoteUrl, headers: Mapping[str, str], body: bytes) -> int:
        """Send one request, and return the status of the answer, whatever it is. The answer's body is not read.

        A redirect is not followed. The request may have arrived even if an error is raised.

        Raises:
            AddressForbidden: the host must not be contacted.
            RemoteUnreachable, RemoteTimedOut: the server does not answer, or not in time.
            RemoteFailed: it breaks off before the end of its answer's headers.
        """
        ...
