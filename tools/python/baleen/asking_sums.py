"""Questions to the API about sums over time. `by`: bytes, packets or flows, what is added up and ordered by."""
from __future__ import annotations

import urllib.parse
from typing import Any, List, Optional, Union

from .answers import Hierarchy, Host, Matrix, Series, Top, build
from .http import Parameter
from .times import When, to_parameter


class SumQuestions:
    """A part of Client, which has the arguments and errors that all have in common."""

    def _get(self, path: str, **parameters: Parameter) -> Any:
        raise NotImplementedError

    def _sum(self, path: str, filter: Optional[str], since: Optional[When], until: Optional[When], limit: Optional[int],
             **parameters: Parameter) -> Any:
        return self._get(path, filter=filter, since=None if since is None else to_parameter(since),
                         until=None if until is None else to_parameter(until), limit=limit, **parameters)

    def top(self, field: Union[str, List[str]] = 'host', by: str = 'bytes', filter: Optional[str] = None,
            since: Optional[When] = None, until: Optional[When] = None, limit: Optional[int] = None) -> Top:
        """The largest of any field, or of the values of several together; ip.src/24 makes subnets. host, port, protocol,
        pair and total are quick."""
        wanted = field if isinstance(field, str) else ','.join(field)
        return build(Top, self._sum('top', filter, since, until, limit, field=wanted, by=by))

    def series(self, field: Optional[str] = None, step: Optional[str] = None, by: str = 'bytes',
               filter: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
               limit: Optional[int] = None) -> Series:
        """Sums for each step ("1s", "1m"; chosen without it), split by the largest values of a field."""
        return build(Series, self._sum('series', filter, since, until, limit, field=field, step=step, by=by))

    def matrix(self, rows: str = 'host', columns: str = 'time', step: Optional[str] = None, by: str = 'bytes',
               filter: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
               limit: Optional[int] = None) -> Matrix:
        """A heat map: a field against time or another field; ip.src/24 makes subnets of addresses."""
        return build(Matrix, self._sum('matrix', filter, since, until, limit, rows=rows, columns=columns, step=step, by=by))

    def hosts(self, by: str = 'bytes', filter: Optional[str] = None, since: Optional[When] = None,
              until: Optional[When] = None, limit: Optional[int] = None) -> Top:
        """The largest hosts."""
        return build(Top, self._sum('hosts', filter, since, until, limit, by=by))

    def host(self, address: str, by: str = 'bytes', filter: Optional[str] = None, since: Optional[When] = None,
             until: Optional[When] = None, limit: Optional[int] = None) -> Host:
        """One host: its sums, peers, ports and protocols."""
        return build(Host, self._sum('hosts/' + urllib.parse.quote(address, safe=''), filter, since, until, limit, by=by))

    def conversations(self, by: str = 'bytes', filter: Optional[str] = None, since: Optional[When] = None,
                      until: Optional[When] = None, limit: Optional[int] = None) -> Top:
        """The largest pairs of hosts; out is from the first of the pair."""
        return build(Top, self._sum('conversations', filter, since, until, limit, by=by))

    def protocols(self, by: str = 'bytes', filter: Optional[str] = None, since: Optional[When] = None,
                  until: Optional[When] = None) -> Hierarchy:
        """Protocol hierarchy: IP version, protocol, application."""
        return build(Hierarchy, self._sum('protocols', filter, since, until, None, by=by))
