"""What the body of an upload holds, if it holds the file."""

from abc import abstractmethod
from typing import Protocol

from domain.ports.staging import StagedWriter


class UploadContent(Protocol):
    """Takes the body of one upload as it arrives, and writes the file in it to a staged file. It is made from the headers alone.

    ``limit`` is the size of the largest file in bytes, ``overhead`` that of what may surround it in the body.
    """

    limit: int
    overhead: int

    @abstractmethod
    async def take(self, chunk: bytes, file: StagedWriter) -> None:
        """The next bytes of the body. Those of the file are written to ``file``, the same one each time."""
        ...

    @abstractmethod
    def end(self) -> str:
        """The body is complete, and all of the file is written. Returns the name that the client gave it; "" if it gave none."""
        ...
