"""Tables of pandas."""
from __future__ import annotations

import dataclasses
import itertools
from typing import Any, Dict, Iterable, Iterator, List, Union

from ._optional import load
from .answers import Matrix, Series, Top
from .graphs import Graph, GraphMetrics
from .packet import Packet
from .records import Event, Flow, Record

Tabular = Union[Top, Series, Matrix, Graph, GraphMetrics, Iterable[Packet], Iterable[Flow], Iterable[Event],
                Iterable[Any]]


def _leaves(prefix: str, told: Dict[str, Any]) -> Iterator[Any]:
    for name, value in told.items():
        path = prefix + name
        if isinstance(value, dict):
            yield from _leaves(path + '.', value)
        else:
            yield path, value


def _row(item: Any) -> Dict[str, Any]:
    if isinstance(item, Packet):
        return dict(_leaves('', {name: value for name, value in item.raw.items() if name != 'event_type'}))
    if isinstance(item, Record):
        return dict(_leaves('', item.raw))
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return dataclasses.asdict(item)
    return dict(item)


def _with_times(pandas: Any, frame: Any) -> Any:
    """Stamps as times in UTC, where they are texts of EVE or ns since 1970."""
    for name in frame.columns:
        last = str(name).split('.')[-1]
        if last in ('timestamp', 'start', 'end'):
            frame[name] = pandas.to_datetime(frame[name], utc=True)
        elif last in ('time_ns', 'first_ns', 'last_ns', 'start_ns', 'end_ns', 'since_ns', 'until_ns'):
            frame[name] = pandas.to_datetime(frame[name], unit='ns', utc=True)
    return frame


def _key_text(key: Any) -> str:
    return ' '.join(str(part) for part in key)


def _top(pandas: Any, top: Top) -> Any:
    names, parts = top.field.split(','), len(top.rows[0].key) if top.rows else 0
    if len(names) != parts:  # both hosts of a pair are one field
        names = ['key%d' % place for place in range(parts)]
    sums = ('flows', 'records', 'packets_out', 'packets_in', 'bytes_out', 'bytes_in')
    return pandas.DataFrame([[*row.key, *(getattr(row, name) for name in sums)] for row in top.rows],
                            columns=[*names, *sums])


def to_dataframe(source: Tabular) -> Any:
    """A pandas.DataFrame. MissingPackage without pandas.

    Packets, flows, events and rates: a row for each, columns named as in EVE (flow.bytes_toserver); Top: a row for each
    value; Series: a row for each step, a column for each series; Matrix: as it is; Graph: its edges; GraphMetrics: its nodes.
    """
    pandas = load('pandas', 'to_dataframe()')
    if isinstance(source, Top):
        return _top(pandas, source)
    if isinstance(source, Series):
        index = pandas.to_datetime(source.times_ns, unit='ns', utc=True)
        columns: Dict[str, List[float]] = {_key_text(line.key): line.values for line in source.series}
        return pandas.DataFrame({**columns, 'total': source.total}, index=index)
    if isinstance(source, Matrix):
        times = source.step_ns is not None
        columns_of = pandas.to_datetime(source.columns, unit='ns', utc=True) if times else [
            _key_text(each) if isinstance(each, list) else each for each in source.columns]
        return pandas.DataFrame(source.values, index=[_key_text(row) for row in source.rows], columns=columns_of)
    if isinstance(source, Graph):
        return _with_times(pandas, pandas.DataFrame([_edge_row(edge) for edge in source.edges]))
    if isinstance(source, GraphMetrics):
        return _with_times(pandas, pandas.DataFrame(source.nodes))
    return _with_times(pandas, pandas.DataFrame([_row(item) for item in source]))


def _edge_row(edge: Any) -> Dict[str, Any]:
    pairs = itertools.chain.from_iterable(
        ((name + '_a_b', getattr(edge, name)[0]), (name + '_b_a', getattr(edge, name)[1]))
        for name in ('bytes', 'packets', 'flows'))
    return {'a': edge.a, 'b': edge.b, **dict(pairs), 'first_ns': edge.first_ns, 'last_ns': edge.last_ns}
