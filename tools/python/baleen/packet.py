"""A packet as `baleen read --json` tells it."""
from __future__ import annotations

import datetime
from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from .times import SECOND_NS, parse_ns, to_datetime

Value = Union[str, int]
# The values of a field, by the packet's number.
Column = Dict[int, List[Value]]


class Tcp(NamedTuple):
    """The TCP header. `ack` is what stands there, whether the flag ACK is set or not; window in its unscaled unit."""

    flags: FrozenSet[str]
    seq: int
    ack: int
    window: int


class Tunnel(NamedTuple):
    """What the packet was in: `depth` tunnels, of which this is the innermost; `id` a VNI, TEID, key or label."""

    type: str
    id: int
    depth: int
    src: Optional[str]
    dst: Optional[str]


def _none_at_hand(field: str) -> Column:
    raise KeyError('%s is not known of this packet' % field)


class Packet:
    """One packet. Fields of headers are attributes, None where the packet does not have them; every field that
    `baleen read --fields` lists is packet['NAME'].

    A packet without IP addresses (ARP, LLC, a damaged one) has `verdict`, which says why, and its summary.
    """

    __slots__ = ('raw', 'number', 'time_ns', 'length', 'captured_length', 'src', 'dst', 'sport', 'dport', 'proto',
                 '_load')

    raw: Dict[str, Any]
    number: int  # place in the capture, from 1
    time_ns: int  # since 1970-01-01 UTC
    length: int  # bytes on the wire
    captured_length: int  # bytes
    src: Optional[str]  # IP addresses, of the innermost packet where there are tunnels
    dst: Optional[str]
    sport: Optional[int]
    dport: Optional[int]
    proto: Optional[str]  # TCP, UDP, ICMP, ...

    def __init__(self, raw: Dict[str, Any], load: Callable[[str], Column] = _none_at_hand) -> None:
        """`load` reads a field that `raw` does not have, of the whole capture."""
        self.raw, self._load = raw, load
        self.number, self.time_ns = raw['number'], parse_ns(raw['timestamp'])
        self.length, self.captured_length = raw['length'], raw['captured_length']
        self.src, self.dst = raw.get('src_ip'), raw.get('dest_ip')
        self.sport, self.dport = raw.get('src_port'), raw.get('dest_port')
        self.proto = raw.get('proto')

    @property
    def time(self) -> float:
        """Seconds since 1970; a float has no place for all digits of time_ns."""
        return self.time_ns / SECOND_NS

    @property
    def sniff_time(self) -> datetime.datetime:
        return to_datetime(self.time_ns)

    @property
    def vlan(self) -> Tuple[int, ...]:
        """VLAN ids, from the outside, at most two."""
        return tuple(self.raw.get('vlan', ()))

    @property
    def ip_version(self) -> Optional[int]:
        return self.raw.get('ip_v')

    @property
    def ttl(self) -> Optional[int]:
        """TTL, or hop limit."""
        return self.raw.get('ttl')

    @property
    def tos(self) -> Optional[int]:
        """Type of service, or traffic class."""
        return self.raw.get('tos')

    @property
    def payload_length(self) -> Optional[int]:
        """Bytes behind the header of TCP, UDP, ..."""
        return self.raw.get('payload_length')

    @property
    def is_fragment(self) -> bool:
        return bool(self.raw.get('fragment', False))

    @property
    def icmp_type(self) -> Optional[int]:
        """Of ICMP and ICMPv6."""
        return self.raw.get('icmp_type')

    @property
    def icmp_code(self) -> Optional[int]:
        return self.raw.get('icmp_code')

    @property
    def verdict(self) -> Optional[str]:
        """Why the packet is in no flow: its place in the ledger, such as not_ip.arp. None: it is in one."""
        return self.raw.get('verdict')

    @property
    def tcp(self) -> Optional[Tcp]:
        header = self.raw.get('tcp')
        if header is None:
            return None
        flags = header['flags']
        return Tcp(frozenset() if flags == 'none' else frozenset(flags.split(',')), header['seq'], header['ack'],
                   header['window'])

    @property
    def tunnel(self) -> Optional[Tunnel]:
        around = self.raw.get('tunnel')
        if around is None:
            return None
        return Tunnel(around['type'], around['id'], around['depth'], around.get('src_ip'), around.get('dest_ip'))

    def values(self, field: str) -> List[Value]:
        """All values of a field, in their order; none if the packet does not have it. Times and durations are ns.

        KeyError for a field that cannot be read any more, because the packet came from the wire: name it in `fields`.
        """
        fields: Dict[str, List[Value]] = self.raw.setdefault('fields', {})
        if field not in fields:
            fields[field] = self._load(field).get(self.number, [])
        return fields[field]

    def get(self, field: str, default: Optional[Value] = None) -> Optional[Value]:
        """The first value of a field."""
        values = self.values(field)
        return values[0] if values else default

    def __getitem__(self, field: str) -> Value:
        values = self.values(field)
        if not values:
            raise KeyError(field)
        return values[0]

    def __contains__(self, field: str) -> bool:
        return bool(self.values(field))

    def summary(self) -> str:
        """One line without the time."""
        return str(self.raw.get('summary', ''))

    def __str__(self) -> str:
        """The line of `baleen read`."""
        return '%s %s' % (self.raw['timestamp'][:-5].replace('T', ' '), self.summary())

    def __repr__(self) -> str:
        return '<Packet %d: %s>' % (self.number, self.summary())
