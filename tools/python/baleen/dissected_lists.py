"""What the API tells of many packets that Wireshark's dissectors have read: lists, streams, names of fields, typed."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Literal, Optional

# In classes that have a member of this name.
Bytes = bytes
SideName = Literal['client', 'server']


@dataclass(frozen=True)
class Opened:
    """idle_s: it is closed when nothing was asked for so long."""
    id: str = ''
    packets: int = 0
    is_whole: bool = True
    idle_s: int = 0


@dataclass(frozen=True)
class ListedPacket:
    number: int = 0
    columns: List[str] = field(default_factory=list)
    background: Optional[str] = None
    foreground: Optional[str] = None


@dataclass(frozen=True)
class DissectedList:
    """A page of rows. is_last: no more packets fit."""
    columns: List[str] = field(default_factory=list)
    packets: List[ListedPacket] = field(default_factory=list)
    is_last: bool = True


class PacketRow:
    """A packet's row in Wireshark's list. row['Source'] is any column, by its heading; background and foreground are rrggbb,
    of Wireshark's colouring rules, None where none fits."""

    def __init__(self, headings: List[str], told: ListedPacket) -> None:
        self.number = told.number
        self.columns: Dict[str, str] = dict(zip(headings, told.columns))
        self.background, self.foreground = told.background, told.foreground

    def __getitem__(self, column: str) -> str:
        return self.columns[column]

    @property
    def time(self) -> float:
        """Seconds since the first packet of the dissection."""
        return float(self['Time'])

    @property
    def source(self) -> str:
        return self['Source']

    @property
    def destination(self) -> str:
        return self['Destination']

    @property
    def protocol(self) -> str:
        return self['Protocol']

    @property
    def length(self) -> int:
        return int(self['Length'])

    @property
    def info(self) -> str:
        return self['Info']

    def __str__(self) -> str:
        return ' '.join(self.columns.values())

    def __repr__(self) -> str:
        return '<PacketRow %s>' % self


@dataclass(frozen=True)
class DissectedSide:
    """bytes: how many it has sent."""
    address: str = ''
    port: str = ''
    bytes: int = 0


@dataclass(frozen=True)
class Piece:
    """What one side said at a time; number: of the packet."""
    number: int = 0
    is_from_server: bool = False
    bytes: Bytes = b''


@dataclass(frozen=True)
class DissectedStream:
    """What both sides of a stream said, put together. Without pieces where no packet belongs to it. is_whole: the stream does
    not go on behind these pieces."""
    client: DissectedSide = DissectedSide()
    server: DissectedSide = DissectedSide()
    pieces: List[Piece] = field(default_factory=list)
    is_whole: bool = True

    def bytes(self, side: Optional[SideName] = None) -> Bytes:
        """What 'client' or 'server' said; without it both, in the order in which they did."""
        if side not in ('client', 'server', None):
            raise ValueError("a side is 'client' or 'server', not %r" % side)
        return b''.join(piece.bytes for piece in self.pieces if side is None or piece.is_from_server == (side == 'server'))

    def text(self, side: Optional[SideName] = None) -> str:
        """The same as text, as far as it is UTF-8."""
        return self.bytes(side).decode(errors='replace')


@dataclass(frozen=True)
class DisplayFilterCheck:
    valid: bool = True
    message: str = ''


@dataclass(frozen=True)
class DisplayField:
    """A field of display filters."""
    name: str = ''
    label: str = ''


@dataclass(frozen=True)
class DisplayFields:
    fields: List[DisplayField] = field(default_factory=list)
