"""What the API tells of packets that Wireshark's dissectors have read, typed: docs/openapi.json has the same names."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator, List, Optional

# In classes that have a member of this name.
Bytes = bytes

ESCAPES = {b'a': b'\a', b'b': b'\b', b'f': b'\f', b'n': b'\n', b'r': b'\r', b't': b'\t', b'v': b'\v', b'0': b'\0'}


def unquoted(text: str) -> str:
    """A value without the quotes and escapes of a display filter."""
    def plain(found: re.Match[Bytes]) -> Bytes:
        word = found[1]
        return bytes([int(word[1:], 16)]) if len(word) == 3 else ESCAPES.get(word, word)

    if len(text) < 2 or not text[0] == text[-1] == '"':
        return text
    return re.sub(rb'\\(x[0-9a-f]{2}|.)', plain, text[1:-1].encode(), flags=re.DOTALL).decode(errors='replace')


def dump_lines(data: Bytes) -> Iterator[str]:
    """Offset, sixteen bytes, and those of them that are ASCII, as `tshark -x` has them."""
    for offset in range(0, len(data), 16):
        part = data[offset:offset + 16]
        text = ''.join(chr(byte) if 0x20 <= byte < 0x7f else '.' for byte in part)
        yield '%04x  %-47s   %s' % (offset, part.hex(' '), text)


@dataclass(frozen=True)
class DissectedField:
    """A line of the tree with those below it. display_filter: finds packets with this value; None: nothing does. offset,
    length: its bytes in source number `source` of the packet, None where it has none."""
    label: str = ''
    display_filter: Optional[str] = None
    offset: Optional[int] = None
    length: Optional[int] = None
    source: int = 0
    severity: Optional[str] = None
    is_protocol: bool = False
    is_generated: bool = False  # computed, not in the packet
    is_hidden: bool = False
    children: List[DissectedField] = field(default_factory=list)

    @property
    def name(self) -> Optional[str]:
        """What Wireshark calls it: tls.handshake.type, or tls for a layer. None: it is only a text."""
        word = (self.display_filter or '').partition(' ')[0]
        return word if word and '[' not in word else None  # frame[54:22] stands for bytes without a name

    @property
    def value(self) -> Optional[str]:
        """As display filters write it, without quotes: 443, 0x0800, 192.0.2.1, www.example.test. None: it has none."""
        if self.name is None:
            return None
        _, has_value, text = (self.display_filter or '').partition(' == ')
        return unquoted(text) if has_value else None

    def walk(self) -> Iterator[DissectedField]:
        """This one and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def fields(self, name: str) -> List[DissectedField]:
        """All of this name, in it and below it."""
        return [each for each in self.walk() if each.name == name]

    def lines(self, depth: int = 0) -> Iterator[str]:
        if not self.is_hidden:
            yield '    ' * depth + ('[%s]' if self.is_generated else '%s') % self.label
            for child in self.children:
                yield from child.lines(depth + 1)

    def __str__(self) -> str:
        """As `tshark -V` shows it."""
        return '\n'.join(self.lines())


@dataclass(frozen=True)
class Source:
    """Bytes: of the packet, or what was put together or decrypted of it and others."""
    name: str = ''
    bytes: Bytes = b''


@dataclass(frozen=True)
class StreamFilter:
    """A stream that a packet belongs to."""
    protocol: str = ''
    display_filter: str = ''


@dataclass(frozen=True)
class DissectedPacket:
    """The layers of a packet. packet['tls'] is the first layer of this name, packet.fields('tls.handshake.type') all fields."""
    number: int = 0
    tree: List[DissectedField] = field(default_factory=list)
    sources: List[Source] = field(default_factory=list)
    streams: List[StreamFilter] = field(default_factory=list)

    @property
    def layers(self) -> List[DissectedField]:
        return [each for each in self.tree if each.is_protocol]

    @property
    def bytes(self) -> Bytes:
        """Those that were captured."""
        return self.sources[0].bytes if self.sources else b''

    def bytes_of(self, part: DissectedField) -> Bytes:
        """Those that a field was read from."""
        if part.offset is None or part.length is None:
            return b''
        return self.sources[part.source].bytes[part.offset:part.offset + part.length]

    def fields(self, name: str) -> List[DissectedField]:
        """All of this name, wherever they are, from the top."""
        return [each for top in self.tree for each in top.fields(name)]

    def __getitem__(self, layer: str) -> DissectedField:
        for each in self.layers:
            if each.name == layer:
                return each
        raise KeyError(layer)

    def __contains__(self, layer: str) -> bool:
        return any(each.name == layer for each in self.layers)

    def hexdump(self) -> str:
        """All sources, as `tshark -x` shows them."""
        dumps = ['\n'.join(dump_lines(source.bytes)) for source in self.sources]
        if len(dumps) == 1:
            return dumps[0]
        # Names of what was put together have its size already.
        names = ['Frame (%d bytes)' % len(self.bytes), *(source.name for source in self.sources[1:])]
        return '\n'.join('%s:\n%s' % told for told in zip(names, dumps))

    def __str__(self) -> str:
        """As `tshark -V` shows it."""
        return '\n'.join(map(str, self.tree))

    def __repr__(self) -> str:
        return '<DissectedPacket %d: %s>' % (self.number, ', '.join(str(each.name) for each in self.layers))
