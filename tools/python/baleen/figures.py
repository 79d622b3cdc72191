"""Figures of Plotly: figure.show() opens one, figure.write_html('out.html') keeps it. MissingPackage without plotly."""
from __future__ import annotations

import math
from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

from ._optional import load
from .answers import Matrix, Series
from .graphs import Graph
from .networks import to_networkx
from .records import Flow
from .times import SECOND_NS, to_datetime

NODE_PIXELS_MIN, NODE_PIXELS_MAX = 8.0, 40.0
EDGE_PIXELS_MIN, EDGE_PIXELS_MAX = 0.5, 6.0
# A line of its own for each width costs; so many widths are told apart.
EDGE_WIDTHS = 5


def _text(key: Iterable[Any]) -> str:
    return ' '.join(str(part) for part in key)


def _objects(purpose: str) -> Any:
    return load('plotly.graph_objects', purpose)


def figure_series(series: Series, per_second: bool = True) -> Any:
    """Series over time, stacked where they are split by a field. per_second: bits or packets per second, else sums of steps."""
    objects = _objects('figure_series()')
    in_bits = per_second and series.by == 'bytes'
    factor = (8 if in_bits else 1) * (SECOND_NS / series.step_ns if per_second and series.step_ns else 1)
    times = [to_datetime(time_ns) for time_ns in series.times_ns]
    figure = objects.Figure()

    def draw(name: str, values: List[float], stack: Optional[str]) -> None:
        figure.add_trace(objects.Scatter(x=times, y=[value * factor for value in values], name=name, mode='lines',
                                         stackgroup=stack))

    for line in series.series:
        draw(_text(line.key), line.values, 'all')
    if series.series and any(series.others):
        draw('others', series.others, 'all')
    if not series.series:
        draw('total', series.total, None)
    unit = 'bits' if in_bits else series.by
    figure.update_layout(yaxis_title=unit + ' per second' if per_second else unit, hovermode='x unified')
    return figure


def figure_heatmap(matrix: Matrix) -> Any:
    """A heat map, its first row on top."""
    objects = _objects('figure_heatmap()')
    columns = [_text(each) if isinstance(each, list) else to_datetime(int(each)) if matrix.step_ns is not None else str(each)
               for each in matrix.columns]
    figure = objects.Figure(objects.Heatmap(z=matrix.values, x=columns, y=[_text(row) for row in matrix.rows],
                                            colorscale='Viridis', colorbar={'title': matrix.by}))
    # Names of hosts and ports are names and no numbers.
    figure.update_yaxes(type='category', autorange='reversed')
    if matrix.step_ns is None:
        figure.update_xaxes(type='category')
    return figure


def _positions(network: Any) -> Dict[Any, Any]:
    told = {node: (data['x'], data['y']) for node, data in network.nodes(data=True) if 'x' in data and 'y' in data}
    if len(told) == len(network):
        return told
    positions: Dict[Any, Any] = load('networkx', 'figure_network()').spring_layout(network, seed=1)
    return positions


def _edge_pixels(size: float, largest: float) -> float:
    """Bytes span many powers of ten: by their logarithm."""
    share = math.log1p(size) / math.log1p(largest) if largest > 0 else 0.0
    return EDGE_PIXELS_MIN + (EDGE_PIXELS_MAX - EDGE_PIXELS_MIN) * round(share * EDGE_WIDTHS) / EDGE_WIDTHS


def _node_pixels(value: float, largest: float) -> float:
    """What a mark says is its area."""
    share = math.sqrt(max(value, 0.0) / largest) if largest > 0 else 0.0
    return NODE_PIXELS_MIN + (NODE_PIXELS_MAX - NODE_PIXELS_MIN) * share


def _edge_traces(objects: Any, network: Any, positions: Mapping[Any, Any]) -> List[Any]:
    largest = max((data.get('bytes', 0) for _, _, data in network.edges(data=True)), default=0)
    groups: Dict[float, List[Any]] = {}
    for source, target, data in network.edges(data=True):
        groups.setdefault(_edge_pixels(data.get('bytes', 0), largest), []).append((positions[source], positions[target]))
    traces = []
    for width, ends in sorted(groups.items()):
        x: List[Optional[float]] = []
        y: List[Optional[float]] = []
        for (x1, y1), (x2, y2) in ends:
            x += [x1, x2, None]
            y += [y1, y2, None]
        traces.append(objects.Scatter(x=x, y=y, mode='lines', hoverinfo='skip', showlegend=False,
                                      line={'width': width, 'color': '#999'}))
    return traces


def figure_network(source: Union[Graph, Iterable[Flow], Any], color: Optional[Mapping[Any, float]] = None,
                   size: Optional[Mapping[Any, float]] = None) -> Any:
    """An interactive plot of hosts and who talks to whom: of a Graph, of flows, or of a graph of NetworkX.

    color, size     a number for each node, such as networkx.pagerank(); without them the community, where the graph has
                    communities, or else the degree; and bytes
    Positions are the graph's own (layout=True), or else found by NetworkX.
    """
    objects = _objects('figure_network()')
    network = source if hasattr(source, 'nodes') and hasattr(source, 'adj') else to_networkx(source)
    positions = _positions(network)
    nodes = list(network.nodes)

    def bytes_of(node: Any) -> float:
        data = network.nodes[node]
        if 'bytes_sent' in data:
            return float(data['bytes_sent'] + data.get('bytes_received', 0))
        return float(sum(edge.get('bytes', 0) for _, _, edge in network.edges(node, data=True)))

    sizes = dict(size) if size is not None else {node: bytes_of(node) for node in nodes}
    largest = max(sizes.values(), default=0)
    colors = color if color is not None else {
        node: network.nodes[node].get('community', network.degree(node)) for node in nodes}
    hover = ['%s<br>%d peers<br>%.0f bytes' % (node, network.degree(node), bytes_of(node)) for node in nodes]
    marks = objects.Scatter(
        x=[positions[node][0] for node in nodes], y=[positions[node][1] for node in nodes], mode='markers+text',
        text=[str(node) for node in nodes], textposition='top center', hovertext=hover, hoverinfo='text', showlegend=False,
        marker={'size': [_node_pixels(sizes.get(node, 0), largest) for node in nodes],
                'color': [colors.get(node, 0) for node in nodes], 'colorscale': 'Viridis', 'line': {'width': 1}})
    figure = objects.Figure([*_edge_traces(objects, network, positions), marks])
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor='x')
    figure.update_layout(hovermode='closest', dragmode='pan')
    return figure
