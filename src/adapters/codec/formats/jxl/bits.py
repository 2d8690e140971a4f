"""The numbers in the header of a JPEG XL codestream (ISO/IEC 18181-1, annex B)."""

from domain.errors import UndecodableImage


class Bits:
    """Bits read one after the other, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        """The next number of ``count`` bits.

        Raises:
            UndecodableImage: the data ends before it.
        """
        start, self._at = self._at, self._at + count
        last = (self._at + 7) // 8
        if last > len(self._data):
            raise UndecodableImage(reason="a JPEG XL ends within its header")
        return int.from_bytes(self._data[start // 8 : last], "little") >> start % 8 & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.take(1) == 1

    def choice(self, *forms: tuple[int, int]) -> int:
        """A number in one of four forms: an offset, and the count of the bits that are added to it."""
        offset, count = forms[self.take(2)]
        return offset + self.take(count)

    def enumerated(self) -> int:
        return self.choice((0, 0), (1, 0), (2, 4), (18, 6))

    def signed(self, *forms: tuple[int, int]) -> int:
        number = self.choice(*forms)
        return -(number + 1) // 2 if number & 1 else number // 2
