"""The items of an AVIF: which are displayed, and the ``meta`` box without the others (ISO/IEC 14496-12, 8.11)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from adapters.codec.formats.avif.boxes import Box, Fields, box, boxes, copied
from adapters.codec.formats.avif.facts import associations, primary_item, property_number
from adapters.codec.formats.avif.relocation import Relocation
from adapters.codec.formats.reading import Source, bounded, unsigned
from domain.errors import UndecodableImage

# Item properties that decoders use. Others are metadata: names, dates, places, cameras.
SHOWN_PROPERTIES = frozenset(
    b"ispe pixi av1C colr irot imir clap pasp auxC a1op a1lx lsel clli mdcv cclv amve ndwt".split()
)

_IN_FILE, _IN_IDAT = 0, 1  # construction methods


@dataclass(frozen=True, slots=True)
class _Location:
    """Where an item's data is: ``extents`` are (index, offset from ``base``, length), the last two in bytes."""

    item: int
    method: int
    reference: int
    base: int
    extents: tuple[tuple[int, int, int], ...]

    def runs(self, end: int) -> Iterator[range]:
        for _, offset, length in self.extents:
            yield range(self.base + offset, min(self.base + offset + length, end))


@dataclass(frozen=True, slots=True)
class _Widths:
    """The size in bytes of each kind of number in an iloc box."""

    offset: int
    length: int
    base: int
    index: int


class ShownItems:
    """The primary item, the items that it is made of, and those that change how it looks, such as alpha and gain map.

    Raises:
        UndecodableImage: a table is cut short or there is no primary item.
        ImageTooLarge: a table has more entries than any image needs.
    """

    def __init__(self, data: Source, meta: Box, *, gain_map: bool = True) -> None:
        self._data = data
        self._meta = meta
        self._shown = _reached(data, meta, gain_map=gain_map)
        iloc = meta.need(b"iloc")
        self._widths, locations = _locations(data, iloc)
        self._locations = [each for each in locations if each.item in self._shown]
        if any(each.method not in (_IN_FILE, _IN_IDAT) for each in self._locations):
            raise UndecodableImage(reason="an AVIF item made from the data of another")
        idat = meta.find(b"idat")
        self._idat = Relocation(self._runs(_IN_IDAT, idat.end - idat.body if idat else 0))

    def runs(self) -> Iterator[range]:
        """Where the items' data is in the file, outside ``meta``."""
        return self._runs(_IN_FILE, len(self._data))

    def written(self, relocated: Callable[[int], int]) -> bytes:
        """The ``meta`` box with only these items; ``relocated`` gives the new offset for an old one."""
        data, meta = self._data, self._meta
        parts = [data[meta.body : meta.inner]]
        for child in meta.children:
            match child.kind:
                case b"hdlr" | b"pitm" | b"dinf":
                    parts.append(copied(data, child))
                case b"iinf":
                    parts.append(self._iinf(child))
                case b"iref" | b"grpl":
                    kept = [copied(data, each) for each in child.children if self._is_among_shown(child, each)]
                    parts += [box(child.kind, data[child.body : child.inner], *kept)] if kept else []
                case b"iprp":
                    parts.append(self._iprp(child))
                case b"iloc":
                    parts.append(self._iloc(child, relocated))
                case b"idat" if self._idat.size:
                    runs = (data[child.body + run.start : child.body + run.stop] for run in self._idat.runs)
                    parts.append(box(b"idat", *runs))
        return box(b"meta", *parts)

    def _runs(self, method: int, end: int) -> Iterator[range]:
        return (run for each in self._locations if each.method == method for run in each.runs(end))

    def _is_among_shown(self, table: Box, entry: Box) -> bool:
        if table.kind == b"iref":
            source, targets = _reference(self._data, table, entry)
            return source in self._shown and self._shown.issuperset(targets)
        fields = Fields(self._data, entry.body + 8, entry.end)
        return self._shown.issuperset(fields.take_all(4, fields.take(4)))

    def _iinf(self, iinf: Box) -> bytes:
        kept = [copied(self._data, each) for each in iinf.all(b"infe") if _entry(self._data, each)[0] in self._shown]
        width = iinf.inner - iinf.body - 4
        return box(b"iinf", self._data[iinf.body : iinf.body + 4], len(kept).to_bytes(width, "big"), *kept)

    def _iprp(self, iprp: Box) -> bytes:
        data = self._data
        properties = iprp.need(b"ipco").children
        known = {number for number, each in enumerate(properties, 1) if each.kind in SHOWN_PROPERTIES}
        used: set[int] = set()
        tables = []
        for ipma in iprp.all(b"ipma"):
            id_width = 2 if data[ipma.body] == 0 else 4
            width = 2 if data[ipma.body + 3] & 1 else 1
            entries = []
            for item, written in associations(data, ipma):
                if item in self._shown:
                    kept = [each for each in written if property_number(data, ipma, each) in known]
                    used.update(property_number(data, ipma, each) for each in kept)
                    numbers = (each.to_bytes(width, "big") for each in kept)
                    entries.append(b"".join((item.to_bytes(id_width, "big"), bytes((len(kept),)), *numbers)))
            tables.append(box(b"ipma", data[ipma.body : ipma.body + 4], len(entries).to_bytes(4, "big"), *entries))
        # Properties are referred to by their place in the list, so an unused one is replaced by an empty box.
        listed = (copied(data, each) if number in used else box(b"free") for number, each in enumerate(properties, 1))
        return box(b"iprp", box(b"ipco", *listed), *tables)

    def _iloc(self, iloc: Box, relocated: Callable[[int], int]) -> bytes:
        data, widths = self._data, self._widths
        version = data[iloc.body]
        id_width = 2 if version < 2 else 4
        parts = [data[iloc.body : iloc.body + 6], _number(len(self._locations), id_width)]
        for each in self._locations:
            move = relocated if each.method == _IN_FILE else self._idat
            moved = [move(each.base + offset) if length else 0 for _, offset, length in each.extents]
            # If extents have no offset field, all begin at the base.
            base = moved[0] if moved and not widths.offset else 0
            parts.append(_number(each.item, id_width))
            parts.append(_number(each.method, 2) if version else b"")
            parts += (_number(each.reference, 2), _number(base, widths.base), _number(len(moved), 2))
            for (index, _, length), start in zip(each.extents, moved, strict=True):
                parts.append(_number(index, widths.index))
                parts += (_number(start - base, widths.offset), _number(length, widths.length))
        return box(b"iloc", *parts)


def _reached(data: Source, meta: Box, *, gain_map: bool) -> frozenset[int]:
    iinf, iref = meta.need(b"iinf"), meta.find(b"iref")
    kinds = dict(_entry(data, each) for each in iinf.all(b"infe"))
    links: defaultdict[int, list[int]] = defaultdict(list)
    steps = bounded(count())
    for each in iref.children if iref else ():
        source, targets = _reference(data, iref, each) if iref else (0, ())
        for target in targets:
            next(steps)
            if each.kind == b"dimg":
                links[source].append(target)
            # The reference goes from alpha to its image, and from a tone mapping to the image that it maps.
            is_tone_mapping = each.kind == b"dimg" and kinds.get(source) == b"tmap"
            if each.kind == b"auxl" or (is_tone_mapping and gain_map):
                links[target].append(source)
    reached: set[int] = set()
    pending = [primary_item(data, meta)]
    while pending:
        item = pending.pop()
        if item not in reached:
            reached.add(item)
            pending += links[item]
    return frozenset(reached)


def holds_gain_map(data: Source) -> bool:
    """Whether an item of the file says how an image is mapped to another dynamic range.

    Raises:
        UndecodableImage, ImageTooLarge: the boxes are broken, or more than any image needs.
    """
    whole, _ = boxes(data)
    meta = whole.find(b"meta")
    iinf = meta.find(b"iinf") if meta else None
    return iinf is not None and any(_entry(data, each)[1] == b"tmap" for each in iinf.all(b"infe"))


def _entry(data: Source, infe: Box) -> tuple[int, bytes]:
    """An item's id and kind."""
    width = 4 if unsigned(data, infe.body, 1) >= 3 else 2
    return unsigned(data, infe.body + 4, width), data[infe.body + 6 + width : infe.body + 10 + width]


def _reference(data: Source, iref: Box, entry: Box) -> tuple[int, Iterable[int]]:
    """The item that has the references, and the items that they lead to."""
    fields = Fields(data, entry.body, entry.end)
    if unsigned(data, iref.body, 1) == 0:
        return fields.take(2), fields.take_all(2, fields.take(2))
    return fields.take(4), fields.take_all(4, fields.take(2))


def _locations(data: Source, iloc: Box) -> tuple[_Widths, list[_Location]]:
    fields = Fields(data, iloc.body, iloc.end)
    version, _ = fields.take(1), fields.take(3)
    packed = fields.take(2)
    widths = _Widths(packed >> 12, packed >> 8 & 15, packed >> 4 & 15, packed & 15 if version else 0)
    id_width = 2 if version < 2 else 4
    steps = bounded(count())
    locations = []
    for _ in range(fields.take(id_width)):
        next(steps)
        item, method = fields.take(id_width), fields.take(2) & 15 if version else 0
        reference, base, extents = fields.take(2), fields.take(widths.base), []
        for _ in range(fields.take(2)):
            next(steps)
            extents.append((fields.take(widths.index), fields.take(widths.offset), fields.take(widths.length)))
        locations.append(_Location(item, method, reference, base, tuple(extents)))
    return widths, locations


def _number(value: int, width: int) -> bytes:
    if value >> 8 * width:
        raise UndecodableImage(reason=f"an AVIF whose tables have no room for the offset {value}")
    return value.to_bytes(width, "big")
