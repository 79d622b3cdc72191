"""Flow records and events, as EVE objects tell them."""
from __future__ import annotations

from typing import Any, Dict, Optional

from .times import SECOND_NS, parse_ns


class Record:
    """An EVE object: what flows and events have in common. record['tls.sni'] follows the path into `raw`."""

    __slots__ = ('raw',)

    raw: Dict[str, Any]

    def __init__(self, raw: Dict[str, Any]) -> None:
        self.raw = raw

    def get(self, path: str, default: Any = None) -> Any:
        found: Any = self.raw
        for name in path.split('.'):
            if not isinstance(found, dict) or name not in found:
                return default
            found = found[name]
        return found

    def __getitem__(self, path: str) -> Any:
        """KeyError where the object does not have it."""
        absent = object()
        found = self.get(path, absent)
        if found is absent:
            raise KeyError(path)
        return found

    def __contains__(self, path: str) -> bool:
        absent = object()
        return self.get(path, absent) is not absent

    @property
    def time_ns(self) -> int:
        """Since 1970-01-01 UTC; of a flow its last packet's."""
        return parse_ns(self.raw['timestamp'])

    @property
    def flow_id(self) -> Optional[int]:
        return self.raw.get('flow_id')

    @property
    def src_ip(self) -> str:
        """Of a flow and of what protocols say, who began it; of an alert, who sent what matched."""
        return str(self.raw.get('src_ip', ''))

    @property
    def dest_ip(self) -> str:
        return str(self.raw.get('dest_ip', ''))

    @property
    def src_port(self) -> Optional[int]:
        return self.raw.get('src_port')

    @property
    def dest_port(self) -> Optional[int]:
        return self.raw.get('dest_port')

    @property
    def proto(self) -> str:
        return str(self.raw.get('proto', ''))

    @property
    def app_proto(self) -> Optional[str]:
        """dns, tls, http, ...; None where it is not known."""
        name = self.raw.get('app_proto')
        return None if name == 'failed' else name

    @property
    def community_id(self) -> Optional[str]:
        return self.raw.get('community_id')

    @property
    def in_iface(self) -> Optional[str]:
        """Port or file."""
        return self.raw.get('in_iface')


class Flow(Record):
    """A flow record; long flows have several, as flow.active_timeout wants it. "Server" is whom the first packet was for."""

    __slots__ = ()

    @property
    def start_ns(self) -> int:
        return int(self.raw['flow']['start_ns'])

    @property
    def end_ns(self) -> int:
        return int(self.raw['flow']['end_ns'])

    @property
    def duration(self) -> float:
        """Seconds from the first to the last packet."""
        return (self.end_ns - self.start_ns) / SECOND_NS

    @property
    def packets_to_server(self) -> int:
        return int(self.raw['flow']['pkts_toserver'])

    @property
    def packets_to_client(self) -> int:
        return int(self.raw['flow']['pkts_toclient'])

    @property
    def bytes_to_server(self) -> int:
        """On the wire, headers included."""
        return int(self.raw['flow']['bytes_toserver'])

    @property
    def bytes_to_client(self) -> int:
        return int(self.raw['flow']['bytes_toclient'])

    @property
    def packets(self) -> int:
        return self.packets_to_server + self.packets_to_client

    @property
    def bytes(self) -> int:
        return self.bytes_to_server + self.bytes_to_client

    @property
    def end_reason(self) -> str:
        return str(self.raw['flow']['end_reason'])

    def __repr__(self) -> str:
        return '<Flow %s %s:%s > %s:%s %s, %d packets, %d bytes>' % (
            self.flow_id, self.src_ip, self.src_port, self.dest_ip, self.dest_port, self.app_proto or self.proto,
            self.packets, self.bytes)


class Event(Record):
    """What a rule found (type 'alert') or a protocol said ('dns', 'tls', ...): event['dns.queries'], event['alert.signature']."""

    __slots__ = ()

    @property
    def type(self) -> str:
        return str(self.raw['event_type'])

    def __repr__(self) -> str:
        return '<Event %s %s > %s>' % (self.type, self.src_ip, self.dest_ip)
