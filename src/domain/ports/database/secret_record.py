"""Which server secrets belong to a database."""

from abc import abstractmethod
from typing import Protocol


class SecretRecord(Protocol):
    """Fingerprints of the secrets from which the tokens of this database are derived. No secret can be told from them."""

    @abstractmethod
    async def read(self) -> frozenset[str]:
        """Those that were written last; none before the first start."""
        ...

    @abstractmethod
    async def write(self, fingerprints: frozenset[str]) -> None: ...
