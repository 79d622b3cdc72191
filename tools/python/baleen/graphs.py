"""What the API answers about the graph of hosts, typed. Times are ns since 1970-01-01 UTC, bytes on the wire."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional


@dataclass(frozen=True)
class Node:
    """A host, a subnet, an AS, or all others. x, y and community are there if they were asked for."""
    id: str = ''
    kind: str = 'host'
    bytes_sent: int = 0
    bytes_received: int = 0
    packets_sent: int = 0
    packets_received: int = 0
    flows_begun: int = 0
    flows_answered: int = 0
    degree: int = 0
    degree_out: int = 0
    degree_in: int = 0
    first_ns: int = 0
    last_ns: int = 0
    x: Optional[float] = None
    y: Optional[float] = None
    community: Optional[int] = None


@dataclass(frozen=True)
class Service:
    name: str = ''
    bytes: int = 0
    flows: int = 0


@dataclass(frozen=True)
class Edge:
    """Pairs of numbers: from a to b, from b to a; of flows, begun by a, begun by b."""
    a: str = ''
    b: str = ''
    bytes: List[int] = field(default_factory=lambda: [0, 0])
    packets: List[int] = field(default_factory=lambda: [0, 0])
    flows: List[int] = field(default_factory=lambda: [0, 0])
    first_ns: int = 0
    last_ns: int = 0
    services: List[Service] = field(default_factory=list)


@dataclass(frozen=True)
class Volume:
    bytes: int = 0
    packets: int = 0
    flows: int = 0


@dataclass(frozen=True)
class Graph:
    """Who talks to whom. total: of the time and the filter, whatever was left out of nodes and edges."""
    since_ns: int = 0
    until_ns: int = 0
    nodes: List[Node] = field(default_factory=list)
    edges: List[Edge] = field(default_factory=list)
    total: Volume = Volume()

    def to_networkx(self, directed: bool = False) -> Any:
        """See baleen.to_networkx()."""
        from .networks import to_networkx
        return to_networkx(self, directed)


@dataclass(frozen=True)
class GraphSummary:
    """None: not computed."""
    nodes: int = 0
    edges: int = 0
    density: Optional[float] = None
    components: Optional[int] = None
    clustering: Optional[float] = None
    assortativity: Optional[float] = None
    modularity: Optional[float] = None
    communities: Optional[int] = None
    diameter: Optional[int] = None


@dataclass(frozen=True)
class GraphMetrics:
    """nodes: id, and a number for each measure."""
    graph: GraphSummary = GraphSummary()
    nodes: List[Dict[str, Any]] = field(default_factory=list)
    bridges: List[List[str]] = field(default_factory=list)
    articulation_points: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class GraphPath:
    """length: edges, or the sum of their weights."""
    nodes: List[str] = field(default_factory=list)
    weight: str = 'hops'
    length: float = 0.0


@dataclass(frozen=True)
class GraphDiff:
    new_nodes: List[str] = field(default_factory=list)
    gone_nodes: List[str] = field(default_factory=list)
    new_edges: List[Dict[str, Any]] = field(default_factory=list)
    gone_edges: List[Dict[str, Any]] = field(default_factory=list)
    degree_jumps: List[Dict[str, Any]] = field(default_factory=list)
    changes: List[Dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Scan:
    """A host that looks like a scanner. kind: sweep (one port of many hosts) or port_scan (of one `target`)."""
    source: str = ''
    kind: str = 'sweep'
    port: Optional[str] = None
    target: Optional[str] = None
    targets: int = 0
    ports: int = 0
    flows: int = 0
    unanswered: float = 0.0
    first_ns: int = 0
    last_ns: int = 0
