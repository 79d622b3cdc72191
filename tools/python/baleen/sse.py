"""Server-sent events (WHATWG HTML section 9.2): read, and taken up again where the connection was lost."""
from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, List, Optional

from .errors import ConnectionFailed, Problem
from .http import Http, Parameter

# The server says something every 15 s, if only that it is there.
SILENCE_S = 45.0
RETRY_S = 1.0
RETRY_S_MAX = 30.0


@dataclass(frozen=True)
class StreamEvent:
    """topic: rates, status, flows, matches, or gap for events that were lost; data: what the topic tells."""
    topic: str
    data: Any
    id: Optional[str]


class Parser:
    """Lines of a stream, made into events; what it learns on the way stays for the next connection."""

    def __init__(self) -> None:
        self.last_id: Optional[str] = None
        self.retry_s: Optional[float] = None

    def events(self, lines: Iterable[bytes]) -> Iterator[StreamEvent]:
        """An event that the connection cut short is none."""
        topic = 'message'
        data: List[str] = []
        identity = self.last_id
        for raw in lines:
            line = raw.decode(errors='replace').rstrip('\r\n')
            if not line:
                self.last_id = identity
                if data:
                    yield StreamEvent(topic, _content('\n'.join(data)), identity)
                topic, data = 'message', []
                continue
            name, _, value = line.partition(':')
            value = value[1:] if value.startswith(' ') else value
            if name == 'event':
                topic = value
            elif name == 'data':
                data.append(value)
            elif name == 'id' and '\0' not in value:
                identity = value
            elif name == 'retry' and value.isascii() and value.isdigit():
                self.retry_s = int(value) / 1000


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def stream(api: Http, path: str, parameters: dict[str, Parameter], last_id: Optional[str] = None,
           reconnect: bool = True) -> Iterator[StreamEvent]:
    """Events as they come, without an end. Where a connection is lost, the next one goes on behind the last event; a refusal
    is a Problem, except that there is no room (503), which may be different a little later. Without `reconnect`
    the loss is a ConnectionFailed."""
    parser = Parser()
    parser.last_id = last_id
    wait_s = RETRY_S
    while True:
        headers = {'Accept': 'text/event-stream', 'Cache-Control': 'no-cache'}
        if parser.last_id:
            headers['Last-Event-ID'] = parser.last_id
        pause_s: Optional[float] = None
        try:
            with api.open(path, parameters, headers, SILENCE_S) as response:
                for event in parser.events(api.lines(response)):
                    wait_s = RETRY_S
                    yield event
            if not reconnect:
                raise ConnectionFailed('%s: the stream has ended' % api.address)
        except ConnectionFailed:
            if not reconnect:
                raise
        except Problem as problem:
            if problem.status != 503 or not reconnect:
                raise
            pause_s = problem.retry_after_s
        time.sleep(pause_s if pause_s is not None else max(wait_s, parser.retry_s or 0.0))
        wait_s = min(2 * wait_s, RETRY_S_MAX)
