"""Sums over time of packets in memory, in the same form as those of the API: without a server, for captures."""
from __future__ import annotations

from typing import Callable, Dict, Iterable, List, Optional, Tuple

from .answers import Key, Line, Matrix, Series
from .packet import Packet
from .times import SECOND_NS

Times = Dict[int, float]  # sums by step
UNKNOWN: Key = 'none'


def _measure(by: str) -> Callable[[Packet], int]:
    if by == 'bytes':
        return lambda packet: packet.length
    if by == 'packets':
        return lambda packet: 1
    raise ValueError('by is bytes or packets, not %r' % by)


def _keys(packet: Packet, field: str) -> List[Key]:
    """What a packet counts for: its attribute, or any field. `host` is either end."""
    if field == 'host':
        return list(dict.fromkeys(end for end in (packet.src, packet.dst) if end is not None)) or [UNKNOWN]
    value = getattr(packet, field) if field in ('src', 'dst', 'sport', 'dport', 'proto') else packet.get(field)
    return [UNKNOWN if value is None else value]


def _collect(packets: Iterable[Packet], field: Optional[str], step_ns: int,
             measure: Callable[[Packet], int]) -> Tuple[Times, Dict[Key, Times]]:
    total: Times = {}
    by_key: Dict[Key, Times] = {}
    for packet in packets:
        step, size = packet.time_ns // step_ns, measure(packet)
        total[step] = total.get(step, 0) + size
        for key in _keys(packet, field) if field else ():
            times = by_key.setdefault(key, {})
            times[step] = times.get(step, 0) + size
    return total, by_key


def _largest(by_key: Dict[Key, Times], limit: int) -> List[Key]:
    return sorted(by_key, key=lambda key: (-sum(by_key[key].values()), str(key)))[:limit]


def _steps(total: Times) -> List[int]:
    return list(range(min(total), max(total) + 1)) if total else []


def series(packets: Iterable[Packet], step: float = 1.0, field: Optional[str] = None, by: str = 'bytes',
           limit: int = 8) -> Series:
    """Bytes (on the wire) or packets for each step of so many seconds, split by the largest values of a field: `host`, src,
    dst, sport, dport, proto, or any field of packets."""
    step_ns = round(step * SECOND_NS)
    total, by_key = _collect(packets, field, step_ns, _measure(by))
    steps, kept = _steps(total), _largest(by_key, limit)
    left = [key for key in by_key if key not in kept]
    others = [sum(by_key[key].get(at, 0.0) for key in left) for at in steps] if field else []
    return Series(since_ns=steps[0] * step_ns if steps else 0, until_ns=(steps[-1] + 1) * step_ns if steps else 0, by=by,
                  step_ns=step_ns, times_ns=[at * step_ns for at in steps],
                  series=[Line([key], [by_key[key].get(at, 0.0) for at in steps]) for key in kept], others=others,
                  total=[total.get(at, 0.0) for at in steps])


def matrix(packets: Iterable[Packet], rows: str = 'host', step: float = 1.0, by: str = 'bytes', limit: int = 50) -> Matrix:
    """A heat map: the largest values of a field against time, in steps of so many seconds."""
    step_ns = round(step * SECOND_NS)
    total, by_key = _collect(packets, rows, step_ns, _measure(by))
    steps, kept = _steps(total), _largest(by_key, limit)
    return Matrix(since_ns=steps[0] * step_ns if steps else 0, until_ns=(steps[-1] + 1) * step_ns if steps else 0,
                  is_exact=len(kept) == len(by_key), by=by, rows=[[key] for key in kept],
                  columns=[at * step_ns for at in steps], step_ns=step_ns,
                  values=[[by_key[key].get(at, 0.0) for at in steps] for key in kept])
