"""Graphs of NetworkX."""
from __future__ import annotations

from typing import Any, Dict, Iterable, Tuple, Union

from ._optional import load
from .graphs import Graph
from .records import Flow

# bytes, packets and flows, from the one to the other.
Volumes = Dict[Tuple[str, str], Tuple[int, int, int]]


def _of_flows(flows: Iterable[Flow]) -> Volumes:
    volumes: Volumes = {}
    for flow in flows:
        there = (flow.src_ip, flow.dest_ip)
        counts = ((there, (flow.bytes_to_server, flow.packets_to_server, 1)),
                  (there[::-1], (flow.bytes_to_client, flow.packets_to_client, 0)))
        for pair, (size, packets, begun) in counts:
            before = volumes.get(pair, (0, 0, 0))
            volumes[pair] = (before[0] + size, before[1] + packets, before[2] + begun)
    return volumes


def _of_graph(graph: Graph) -> Volumes:
    volumes: Volumes = {}
    for edge in graph.edges:
        volumes[edge.a, edge.b] = (edge.bytes[0], edge.packets[0], edge.flows[0])
        volumes[edge.b, edge.a] = (edge.bytes[1], edge.packets[1], edge.flows[1])
    return volumes


def _add(network: Any, volumes: Volumes) -> None:
    for (source, target), (size, packets, flows) in volumes.items():
        if packets == 0 and size == 0 and flows == 0:
            continue
        if network.has_edge(source, target):
            held = network.edges[source, target]
            size, packets, flows = size + held['bytes'], packets + held['packets'], flows + held['flows']
        network.add_edge(source, target, bytes=size, packets=packets, flows=flows)


def to_networkx(source: Union[Graph, Iterable[Flow]], directed: bool = False) -> Any:
    """A networkx.Graph of hosts: edges have bytes (on the wire), packets and flows of both directions together.
    MissingPackage without networkx.

    directed    a networkx.DiGraph, whose edges have what went from the one to the other, and the flows that the one began
    Nodes of a Graph have all that Node tells; those of flows have bytes_sent and bytes_received.
    A host that talks to itself is an edge from the node to itself.
    """
    networkx = load('networkx', 'to_networkx()')
    network = networkx.DiGraph() if directed else networkx.Graph()
    if isinstance(source, Graph):
        for node in source.nodes:
            told = {name: value for name, value in vars(node).items() if name != 'id' and value is not None}
            network.add_node(node.id, **told)
        _add(network, _of_graph(source))
        return network
    volumes = _of_flows(source)
    for pair in volumes:
        for host in pair:
            network.add_node(host, bytes_sent=0, bytes_received=0)
    for (sender, receiver), (size, _, _) in volumes.items():
        network.nodes[sender]['bytes_sent'] += size
        network.nodes[receiver]['bytes_received'] += size
    _add(network, volumes)
    return network
