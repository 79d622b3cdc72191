"""Baleen for Python: packets, flows and the graph of hosts, out of captures, off the wire or from a server.

    sniff(), rdpcap(), Capture      packets, as in Scapy and PyShark
    flows()                         flow records of captures and stores, as in NFStream
    Client                          the HTTP API of baleen-control
    Client.dissect()                packets as Wireshark sees them: lists, trees, streams
    to_networkx(), to_dataframe(), figure_series(), figure_heatmap(), figure_network()
                                    for NetworkX, pandas and Plotly, which are needed only there

docs/python.md has worked examples. Captures and interfaces are read by the program `baleen` ($BALEEN_PROGRAM, or in $PATH).
"""
from .answers import Hierarchy, Host, Matrix, Row, Series, Sums, Top
from .capture import Capture
from .client import Client
from .dissected import DissectedField, DissectedPacket
from .dissected_lists import DissectedStream, PacketRow
from .dissection import Dissection
from .errors import (BaleenError, ConnectionFailed, FilterError, FilterProblem, MissingPackage, Problem, ProgramError)
from .figures import figure_heatmap, figure_network, figure_series
from .flows import Flows, flows
from .frames import to_dataframe
from .graphs import Edge, Graph, GraphDiff, GraphMetrics, GraphPath, Node, Scan
from .networks import to_networkx
from .packet import Packet, Tcp, Tunnel
from .records import Event, Flow
from .sniffing import PacketList, rdpcap, sniff
from .sse import StreamEvent
from .state import Status
from .sums import matrix, series

__all__ = [
    'BaleenError', 'Capture', 'Client', 'ConnectionFailed', 'DissectedField', 'DissectedPacket', 'DissectedStream',
    'Dissection', 'Edge', 'Event', 'FilterError', 'FilterProblem', 'Flow', 'Flows', 'Graph', 'GraphDiff', 'GraphMetrics',
    'GraphPath', 'Hierarchy', 'Host', 'Matrix', 'MissingPackage', 'Node', 'Packet', 'PacketList', 'PacketRow', 'Problem',
    'ProgramError', 'Row', 'Scan', 'Series', 'Status', 'StreamEvent', 'Sums', 'Tcp', 'Top', 'Tunnel', 'figure_heatmap',
    'figure_network', 'figure_series', 'flows', 'matrix', 'rdpcap', 'series', 'sniff', 'to_dataframe', 'to_networkx',
]
