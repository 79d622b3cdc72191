"""What the API answers, typed: docs/openapi.json has the same names. Times are ns since 1970-01-01 UTC, bytes on the wire."""
from __future__ import annotations

import base64
import dataclasses
import functools
import typing
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Type, TypeVar, Union

Key = Union[str, int]
T = TypeVar('T')


@functools.lru_cache(maxsize=None)
def _hints(kind: typing.Hashable) -> Dict[str, Any]:
    return typing.get_type_hints(typing.cast(type, kind))


def _convert(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if value is None:
        return None
    if origin is Union:
        kinds = [each for each in arguments if each is not type(None)]
        return _convert(kinds[0], value) if len(kinds) == 1 else value
    if origin is list:
        return [_convert(arguments[0], each) for each in value]
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(Type[Any], hint), value)
    if hint is bytes:
        return base64.b64decode(value)
    return float(value) if hint is float else value


def build(kind: Type[T], told: Mapping[str, Any]) -> T:
    """An answer out of a JSON object. Members that are not known here are left out, those that are missing are at their
    defaults: servers may be newer or older."""
    hints = _hints(typing.cast(typing.Hashable, kind))
    return kind(**{name: _convert(hints[name], told[name]) for name in hints if told.get(name) is not None})


@dataclass(frozen=True)
class Sums:
    """out: sent by the host, by the first of a pair, else by the initiator."""
    flows: int = 0
    records: int = 0
    packets_out: int = 0
    packets_in: int = 0
    bytes_out: int = 0
    bytes_in: int = 0

    @property
    def bytes(self) -> int:
        return self.bytes_out + self.bytes_in

    @property
    def packets(self) -> int:
        return self.packets_out + self.packets_in


@dataclass(frozen=True)
class Row(Sums):
    """`key` has one value for each field that was asked for; two for pairs."""
    key: List[Key] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """What all sums over time say of themselves. is_exact: no value was left out that belongs among the largest; is_whole:
    everything in the time was looked at."""
    since_ns: int = 0
    until_ns: int = 0
    is_exact: bool = True
    is_whole: bool = True
    from_rollups: bool = False
    rows_read: int = 0
    problems: List[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Top(Answer):
    """Of the field, or of several separated by commas. Iterating gives the rows, the largest first."""
    field: str = ''
    by: str = 'bytes'
    rows: List[Row] = dataclasses.field(default_factory=list)
    others: Sums = Sums()
    total: Sums = Sums()

    def __iter__(self) -> typing.Iterator[Row]:
        return iter(self.rows)


@dataclass(frozen=True)
class Line:
    """A series: one value for each step."""
    key: List[Key] = dataclasses.field(default_factory=list)
    values: List[float] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Series(Answer):
    """`others`: what the series do not tell, where they are split by a field."""
    by: str = 'bytes'
    step_ns: int = 0
    times_ns: List[int] = dataclasses.field(default_factory=list)
    series: List[Line] = dataclasses.field(default_factory=list)
    others: List[float] = dataclasses.field(default_factory=list)
    total: List[float] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Matrix(Answer):
    """A heat map: values[row][column]. Columns are values of a field, or times in ns: then step_ns is their distance."""
    by: str = 'bytes'
    rows: List[List[Key]] = dataclasses.field(default_factory=list)
    columns: List[Union[List[Key], int]] = dataclasses.field(default_factory=list)
    step_ns: Optional[int] = None
    values: List[List[float]] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Host(Answer):
    address: str = ''
    sums: Sums = Sums()
    first_ns: int = 0
    last_ns: int = 0
    peers: List[Row] = dataclasses.field(default_factory=list)
    ports: List[Row] = dataclasses.field(default_factory=list)
    protocols: List[Row] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Protocol(Sums):
    name: str = ''
    children: List[Protocol] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Hierarchy(Answer):
    total: Sums = Sums()
    protocols: List[Protocol] = dataclasses.field(default_factory=list)


