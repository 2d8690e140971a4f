"""Whether concurrent requests for one image can be put into one order that explains every answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from proofs.durability.writers import ABSENT


@dataclass(frozen=True, slots=True)
class Request:
    """A request for the image of one name, and when it was sent and answered.

    ``digest``: what a ``GET`` was answered, or what a ``POST`` or ``PUT`` stores. ``is_done``: whether it found or changed the image;
    a ``GET``, ``PUT`` or ``DELETE`` that is not says that there is none, and a ``POST`` that is not, that there is one.
    """

    method: str
    digest: str
    is_done: bool
    sent: float
    answered: float

    def after(self, digest: str) -> str | None:
        """The image after the request, if it was ``digest`` before; None if the answer is wrong for that."""
        if self.is_done != ((digest == ABSENT) == (self.method == "POST")):
            return None
        if not self.is_done:
            return digest
        if self.method == "GET":
            return digest if digest == self.digest else None
        return ABSENT if self.method == "DELETE" else self.digest


def is_linearizable(requests: Sequence[Request], first: str = ABSENT) -> bool:
    """Whether the answers are those of some order in which no request comes before one that was answered before it was sent."""
    tried: set[tuple[frozenset[int], str]] = set()

    def ends(left: frozenset[int], digest: str) -> bool:
        if not left:
            return True
        if (left, digest) in tried:
            return False
        tried.add((left, digest))
        soonest = min(requests[each].answered for each in left)
        for each in left:
            if requests[each].sent <= soonest:
                after = requests[each].after(digest)
                if after is not None and ends(left - {each}, after):
                    return True
        return False

    return ends(frozenset(range(len(requests))), first)
