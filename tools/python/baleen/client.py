"""Client: the HTTP API of baleen-control (docs/openapi.json), a method for each question."""
from __future__ import annotations

import os
import ssl
from typing import Any, Dict, Iterator, List, Optional, Union

from .answers import build
from .asking_graph import GraphQuestions
from .asking_sums import SumQuestions
from .dissection import Dissection
from .errors import FilterError
from .http import Http, Parameter
from .packet import Packet
from .records import Event, Flow
from .sse import StreamEvent, stream
from .state import Field, Port, Rates, Status, Worker
from .times import When, to_parameter

PAGE_RECORDS_MAX = 500


def _when(when: Optional[When]) -> Optional[str]:
    return None if when is None else to_parameter(when)


class FlowDetail:
    """All that is known of a flow: its records, one for each part, and its events. is_whole: nothing was left out."""

    def __init__(self, told: Dict[str, Any]) -> None:
        self.flow_id = int(told['flow_id'])
        self.records = [Flow(each) for each in told['records']]
        self.events = [Event(each) for each in told['events']]
        self.is_whole = bool(told.get('is_whole', True))


class PacketPage(List[Packet]):
    """Packets that the API tells. is_whole: the search was not given up; whether `limit` left some out is not told."""

    is_whole = True


class Client(SumQuestions, GraphQuestions):
    """An API at `address` ("127.0.0.1:8600", "https://sensor:8600"), without it $BALEEN_API or 127.0.0.1:8600. `token`: of
    api.token_file, without it $BALEEN_TOKEN. `timeout`: seconds without a byte. `context`: of TLS, for certificates of one's own.

    All methods raise Problem where the API refuses (FilterProblem, with the place, where a filter cannot be read) and
    ConnectionFailed where it does not answer. since and until are strings as the API takes them ("now-15m", RFC 3339),
    seconds since 1970, aware datetimes, or timedeltas: so long ago. Filters are those of docs/filter.md.
    """

    def __init__(self, address: Optional[str] = None, token: Optional[str] = None, *, timeout: float = 60.0,
                 context: Optional[ssl.SSLContext] = None) -> None:
        self._http = Http(address, token, timeout, context)

    @property
    def address(self) -> str:
        return self._http.address

    def _get(self, path: str, **parameters: Parameter) -> Any:
        return self._http.get('/api/v1/' + path, parameters)

    # -- The run.

    def status(self) -> Status:
        """The run, its ledger in short, the store."""
        return build(Status, self._get('status'))

    def ledger(self) -> Dict[str, Any]:
        """Every packet accounted for, with all causes, as `baleen run --ledger` writes it."""
        told: Dict[str, Any] = self._get('ledger')
        return told

    def ports(self) -> List[Port]:
        return [build(Port, each) for each in self._get('ports')['ports']]

    def workers(self) -> List[Worker]:
        return [build(Worker, each) for each in self._get('workers')['workers']]

    def rates(self, since: Optional[When] = None) -> List[Rates]:
        """Of the last hour, second by second, the oldest first."""
        return [build(Rates, each) for each in self._get('rates', since=_when(since))['rates']]

    def stream(self, topics: Union[str, List[str], None] = None, last_event_id: Optional[str] = None,
               reconnect: bool = True) -> Iterator[StreamEvent]:
        """Everything live, or the topics of rates, status, flows, matches. Goes on by itself where a connection was
        lost; an event `gap` tells how much was missed. Ends when it is closed."""
        wanted = topics if isinstance(topics, str) or topics is None else ','.join(topics)
        return stream(self._http, '/api/v1/stream', {'topics': wanted}, last_event_id, reconnect)

    # -- Records, events, packets.

    def _pages(self, path: str, name: str, limit: Optional[int], parameters: Dict[str, Parameter]) -> Iterator[Any]:
        taken = 0
        cursor: Optional[str] = None
        while limit is None or taken < limit:
            wanted = PAGE_RECORDS_MAX if limit is None else min(PAGE_RECORDS_MAX, limit - taken)
            page = self._get(path, **parameters, limit=wanted, cursor=cursor)
            yield from page[name]
            taken += len(page[name])
            cursor = page.get('cursor')
            if cursor is None:
                return

    def flows(self, filter: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
              sort: Optional[str] = None, limit: Optional[int] = None, last_run: bool = False) -> Iterator[Flow]:
        """Flow records that ended in the time, by flow.start or by `sort` (a leading - turns the order round); pages are
        fetched as they are needed."""
        parameters: Dict[str, Parameter] = {'filter': filter, 'since': _when(since), 'until': _when(until), 'sort': sort,
                                            'last_run': last_run}
        return (Flow(each) for each in self._pages('flows', 'flows', limit, parameters))

    def events(self, type: Optional[str] = None, filter: Optional[str] = None, since: Optional[When] = None,
               until: Optional[When] = None, sort: Optional[str] = None, limit: Optional[int] = None,
               last_run: bool = False) -> Iterator[Event]:
        """What rules found and protocols said: alert, dns, tls, ..., or all. In order of time, or of `sort`."""
        parameters: Dict[str, Parameter] = {'type': type, 'filter': filter, 'since': _when(since), 'until': _when(until),
                                            'sort': sort, 'last_run': last_run}
        return (Event(each) for each in self._pages('events', 'events', limit, parameters))

    def flow(self, flow_id: int, since: Optional[When] = None, until: Optional[When] = None) -> FlowDetail:
        """One flow: its records and events. Problem 404 where the store has none; since and until spare a search."""
        return FlowDetail(self._get('flows/%d' % flow_id, since=_when(since), until=_when(until)))

    def packets(self, filter: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
                limit: Optional[int] = None, *, flow: Optional[int] = None, flows: Optional[str] = None,
                pcap_filter: Optional[str] = None) -> PacketPage:
        """The first packets that were written, at most 1000: of one flow, of `flows` that fit a filter, or all that fit
        `filter` (of packets) and pcap_filter."""
        where: Dict[str, Parameter] = {'flows': flows} if flow is None else {}
        told = self._get('packets' if flow is None else 'flows/%d/packets' % flow, filter=filter, since=_when(since),
                         until=_when(until), limit=limit, pcap_filter=pcap_filter, **where)
        page = PacketPage(Packet(each) for each in told['packets'])
        page.is_whole = bool(told.get('is_whole', True))
        return page

    def pcap(self, file: Union[str, 'os.PathLike[str]'], filter: Optional[str] = None, since: Optional[When] = None,
             until: Optional[When] = None, *, flow: Optional[int] = None, flows: Optional[str] = None,
             pcap_filter: Optional[str] = None) -> int:
        """Packets that were written into a file (pcapng), chosen as for packets(): its size in bytes. There is no file if not
        all of it came."""
        path = 'packets/pcap' if flow is None else 'flows/%d/pcap' % flow
        where: Dict[str, Parameter] = {'flows': flows} if flow is None else {}
        return self._http.download('/api/v1/' + path, {'filter': filter, 'since': _when(since), 'until': _when(until),
                                                       'pcap_filter': pcap_filter, **where}, file)

    def dissect(self, filter: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None, *,
                flow: Optional[int] = None, flows: Optional[str] = None, pcap_filter: Optional[str] = None) -> Dissection:
        """Opens packets that were written for Wireshark's dissectors, chosen as for packets(): the first 50,000 at most. Problem
        503 while others look at as many as the server keeps, 501 where it has no dissectors."""
        return Dissection(self._http, {'filter': filter, 'since': _when(since), 'until': _when(until), 'flow': flow,
                                       'flows': flows, 'pcap_filter': pcap_filter})

    # -- Filters.

    def fields(self, kind: str = 'flow') -> List[Field]:
        """Fields of filters about a flow, an alert, an event or a packet."""
        return [build(Field, each) for each in self._get('fields', kind=kind)['fields']]

    def check_filter(self, text: str, kind: str = 'flow') -> None:
        """FilterError, with the place, if the filter cannot be read."""
        told = self._get('filter', filter=text, kind=kind)
        if not told['valid']:
            raise FilterError(told['message'], text, told['offset'])

    def metrics(self) -> str:
        """Prometheus' text."""
        return self._http.text('/metrics', {})
