"""Make a cache in front of the service forget public images."""

from dataclasses import dataclass

from domain.errors import CacheNotPurged
from domain.model.images.purging import paths_to_purge
from domain.model.remote.remote_url import RemoteUrl
from domain.ports.remote import RemoteServers

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PurgeCache:
    """Send ``PURGE`` for each path to the cache, which then forgets every version of the path.

    ``cache`` is its URL. If it is empty, there is no cache any more, and nothing is done.
    """

    servers: RemoteServers
    cache: str

    async def __call__(self, payload: str) -> None:
        """Purge the paths of a job.

        Raises:
            RemoteUnreachable, RemoteTimedOut, RemoteFailed: the cache does not answer.
            CacheNotPurged: it refuses.
        """
        for path in paths_to_purge(payload) if self.cache else ():
            url = RemoteUrl.parse(self.cache.rstrip("/") + path)
            status = await self.servers.send("PURGE", url, {}, b"")
            if not 200 <= status < 300 and status != NOT_FOUND:  # some caches say that they have no such path
                raise CacheNotPurged(status)
