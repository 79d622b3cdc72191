"""Packets out of files or off the wire, read by `baleen read`."""
from __future__ import annotations

import json
import os
import threading
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Union

from .packet import Column, Packet
from .program import Child

Path = Union[str, 'os.PathLike[str]']
Paths = Union[Path, Sequence[Path]]


def path_list(paths: Paths) -> List[str]:
    if isinstance(paths, (str, os.PathLike)):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]


class Capture:
    """Packets of capture files, of folders of them, or of an interface, one after the other.

    Iterating reads: files from their beginning each time, an interface from then on. Nothing is kept, so that a capture may
    be larger than the memory. Iterating raises FilterError for a filter that cannot be read, ProgramError for a file or an
    interface that cannot.

    filter          pcap-filter(7), as of tcpdump
    display_filter  docs/filter.md, in the manner of Wireshark
    fields          those that packet['NAME'] will be asked for; of a file others are read when somebody asks, all at once
                    for the whole capture, of an interface they are not
    count           at most so many packets
    """

    def __init__(self, offline: Optional[Paths] = None, iface: Optional[str] = None, *, filter: Optional[str] = None,
                 display_filter: Optional[str] = None, fields: Iterable[str] = (), count: Optional[int] = None,
                 timeout: Optional[float] = None, started_callback: Optional[Callable[[], object]] = None) -> None:
        """`timeout`: seconds, of an interface from when it is open; then `started_callback` is called, from a thread."""
        if (offline is None) == (iface is None):
            raise ValueError('either a file (offline) or an interface (iface)')
        self.is_live = iface is not None
        self._source = ['-i', iface] if iface is not None else [
            word for path in path_list(offline or ()) for word in ('-r', path)]
        self._choice = ['--filter=' + filter] if filter else []
        if display_filter:
            self._choice.append('--display-filter=' + display_filter)
        self._fields = list(dict.fromkeys(fields))
        self._limit = ['--count=%d' % count] if count is not None else []
        self._timeout, self._started_callback = timeout, started_callback
        self._columns: Dict[str, Column] = {}
        self.notices: List[str] = []  # of the last time: which driver, how many packets were dropped

    def _read(self, fields: Sequence[str], on_ready: Optional[Callable[[], object]] = None) -> Child:
        asked = ['--field=' + field for field in fields]
        return Child(['read', '--json', *self._source, *self._choice, *self._limit, *asked], on_ready)

    def _column(self, field: str) -> Column:
        if field in self._fields:
            return {}  # the packet would have brought it along
        if self.is_live:
            raise KeyError('%s was not asked for: sniff(..., fields=[%r])' % (field, field))
        if field not in self._columns:
            with self._read([field]) as child:
                objects = (json.loads(line) for line in child)
                self._columns[field] = {each['number']: each['fields'][field] for each in objects
                                        if 'number' in each and field in each['fields']}
        return self._columns[field]

    def __iter__(self) -> Iterator[Packet]:
        clock: Optional[threading.Timer] = None
        child: Optional[Child] = None

        def begin() -> None:
            if clock is not None:
                clock.start()
            if self._started_callback is not None:
                self._started_callback()

        def end() -> None:
            if child is not None:
                child.stop()

        if self._timeout is not None:
            clock = threading.Timer(self._timeout, end)
            clock.daemon = True
        child = self._read(self._fields, begin if self.is_live else None)
        try:
            if not self.is_live:
                begin()
            for line in child:
                packet: Dict[str, Any] = json.loads(line)
                if 'number' in packet:  # what flows said at their end is no packet
                    yield Packet(packet, self._column)
        finally:
            if clock is not None:
                clock.cancel()
            child.close()
            self.notices = child.notices
