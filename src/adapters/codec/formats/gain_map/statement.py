"""How a gain map is to be applied: the numbers in its XMP (Adobe, Gain map 1.0) and in its ISO 21496-1 segment."""

import re
from dataclasses import dataclass

XMP = b"http://ns.adobe.com/xap/1.0/\0"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"

_MARKS = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"http://ns.apple.com/HDRGainMap/1.0/", b"aux:hdrgainmap")
_HDRGM = b"http://ns.adobe.com/hdr-gain-map/1.0/"
_PREFIX = re.compile(rb"""xmlns:([A-Za-z][\w-]{0,20})\s*=\s*["']""" + re.escape(_HDRGM) + rb"""["']""")
_FIELDS = (
    b"Version", b"BaseRenditionIsHDR", b"GainMapMin", b"GainMapMax", b"Gamma", b"OffsetSDR", b"OffsetHDR", b"HDRCapacityMin",
    b"HDRCapacityMax",
)  # fmt: skip
_VALUE = re.compile(
    rb"\s*(?:<rdf:li>)?\s*([-+]?[0-9][0-9.]{0,30}(?:[eE][-+]?[0-9]{1,3})?|True|False)\s*(?:</rdf:li>)?\s*"
)
_MOST_VALUES = 3  # one for each channel
_LONGEST_XMP = 0xFFFF  # bytes

_CHANNELS, _COMMON_DENOMINATOR = 0x80, 0x08  # flags in the ISO segment
_ISO_VERSIONS = 4  # bytes


def is_gain_map(xmp: bytes, iso: bytes) -> bool:
    """Whether these segments of an image say that it is a gain map, even in a way that cannot be taken over."""
    return bool(iso) or any(mark in xmp for mark in _MARKS)


@dataclass(frozen=True, slots=True)
class Statement:
    """``fields``: the values of the XMP by name, in the order in which they are written. ``iso``: the ISO segment's body.

    Either may be empty, but not both. Only numbers are taken over, so that nothing private can be in it.
    """

    fields: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    iso: bytes

    def xmp(self) -> bytes:
        """The body of the gain map's XMP segment; empty if it has none."""
        if not self.fields:
            return b""
        attributes = b"".join(b' hdrgm:%s="%s"' % (name, values[0]) for name, values in self.fields if len(values) == 1)
        lists = b"".join(
            b"<hdrgm:%s><rdf:Seq>%s</rdf:Seq></hdrgm:%s>"
            % (name, b"".join(b"<rdf:li>%s</rdf:li>" % value for value in values), name)
            for name, values in self.fields
            if len(values) > 1
        )
        return packet(attributes, lists)

    def xmp_of_primary(self, size: int) -> bytes:
        """The body of the XMP segment of the image that has a gain map of ``size`` bytes; empty if it has none."""
        if not self.fields:
            return b""
        namespaces = (
            b' xmlns:Container="http://ns.google.com/photos/1.0/container/"'
            b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
        )
        item = (
            b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="%s" Item:Mime="image/jpeg"%s/></rdf:li>'
        )
        items = item % (b"Primary", b"") + item % (b"GainMap", b' Item:Length="%d"' % size)
        directory = b"<Container:Directory><rdf:Seq>%s</rdf:Seq></Container:Directory>" % items
        return packet(b' hdrgm:Version="1.0"' + namespaces, directory)

    def iso_of_primary(self) -> bytes:
        """The body of the primary image's ISO segment, which states versions only; empty if there is none."""
        return ISO + self.iso[len(ISO) : len(ISO) + _ISO_VERSIONS] if self.iso else b""


def packet(attributes: bytes, elements: bytes) -> bytes:
    description = b'<rdf:Description xmlns:hdrgm="%s"%s' % (_HDRGM, attributes)
    end = b">%s</rdf:Description>" % elements if elements else b"/>"
    return (
        XMP + b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b"%s%s</rdf:RDF></x:xmpmeta>" % (description, end)
    )


def statement(xmp: bytes, iso: bytes) -> Statement | None:
    """What the bodies of these segments of a gain map state; None if neither of them makes it one."""
    found = Statement(_fields(xmp), _numbers(iso))
    return found if found.fields or found.iso else None


def _fields(xmp: bytes) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    """Empty if it is not the XMP of a gain map: one has a version and the greatest gain."""
    prefix = _PREFIX.search(xmp[:_LONGEST_XMP])
    if prefix is None:
        return ()
    fields = {name: values for name in _FIELDS if (values := _values(xmp, prefix[1] + b":" + name))}
    return tuple(fields.items()) if {b"Version", b"GainMapMax"} <= fields.keys() else ()


def _values(xmp: bytes, name: bytes) -> tuple[bytes, ...]:
    """The values of a property, as an attribute, an element or a list."""
    attribute = re.search(rb"""\s%s\s*=\s*["']([^"'<>]{1,64})["']""" % re.escape(name), xmp)
    if attribute is not None:
        text = attribute[1]
    else:
        element = re.search(rb"<%s>([^&]{1,400}?)</%s>" % (re.escape(name), re.escape(name)), xmp)
        text = re.sub(rb"</?rdf:Seq>", b"", element[1]) if element else b""
    values, at = [], 0
    while found := _VALUE.match(text, at):
        values.append(found[1])
        at = found.end()
    is_whole = at == len(text) and len(values) in (1, _MOST_VALUES)
    return tuple(values) if is_whole else ()


def _numbers(body: bytes) -> bytes:
    """The ISO segment without what follows its numbers (ISO 21496-1, annex C); empty if it is too short for them."""
    start = len(ISO) + _ISO_VERSIONS
    if not body.startswith(ISO) or len(body) <= start:
        return b""
    flags = body[start]
    channels = 3 if flags & _CHANNELS else 1
    size = 4 + 8 + 20 * channels if flags & _COMMON_DENOMINATOR else 16 + 40 * channels
    end = start + 1 + size
    return body[:end] if len(body) >= end else b""
