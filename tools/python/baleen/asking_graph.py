"""Questions to the API about the graph of hosts."""
from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Union

from .answers import build
from .graphs import Graph, GraphDiff, GraphMetrics, GraphPath, Scan
from .http import Http, Parameter
from .times import Range, When, to_parameter, to_range


class GraphQuestions:
    """A part of Client. What the graph is about is the same for all questions:

    window          a live window of graph.windows, such as "5m"; without it, since and until the first of them
    group           nodes: "host", a prefix length such as "/24", or "asn"
    top             the largest nodes, by bytes; the others become one
    min_bytes, min_flows   edges below are left out
    around, hops    only what is so near to a host
    """

    _http: Http

    def _get(self, path: str, **parameters: Parameter) -> Any:
        raise NotImplementedError

    def _about(self, about: Dict[str, Any]) -> Dict[str, Parameter]:
        for name in ('since', 'until'):
            if about.get(name) is not None:
                about[name] = to_parameter(about[name])
        return about

    def graph(self, window: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
              filter: Optional[str] = None, group: Optional[str] = None, top: Optional[int] = None,
              min_bytes: Optional[int] = None, min_flows: Optional[int] = None, around: Optional[str] = None,
              hops: Optional[int] = None, layout: bool = False, communities: bool = False) -> Graph:
        """Who talks to whom; with positions of nodes (layout) and their communities if asked for."""
        about = {name: value for name, value in locals().items() if name != 'self'}
        return build(Graph, self._get('graph', **self._about(about)))

    def save_graph(self, file: Union[str, 'os.PathLike[str]'], format: str = 'graphml', window: Optional[str] = None,
                   since: Optional[When] = None, until: Optional[When] = None, filter: Optional[str] = None,
                   group: Optional[str] = None, top: Optional[int] = None, min_bytes: Optional[int] = None,
                   min_flows: Optional[int] = None, around: Optional[str] = None, hops: Optional[int] = None,
                   layout: bool = False, communities: bool = False) -> int:
        """The graph as a file for other programs: graphml, gexf, node-link, dot or csv. Its size in bytes."""
        about = {name: value for name, value in locals().items() if name not in ('self', 'file')}
        return self._http.download('/api/v1/graph', self._about(about), file)

    def graph_metrics(self, window: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
                      filter: Optional[str] = None, group: Optional[str] = None, top: Optional[int] = None,
                      min_bytes: Optional[int] = None, min_flows: Optional[int] = None, around: Optional[str] = None,
                      hops: Optional[int] = None, metrics: Union[str, List[str], None] = None,
                      sort: Optional[str] = None, limit: Optional[int] = None) -> GraphMetrics:
        """Measures of the graph and of its nodes, sorted by one of them: pagerank, betweenness, cores, ..."""
        about = {name: value for name, value in locals().items() if name != 'self'}
        if isinstance(metrics, list):
            about['metrics'] = ','.join(metrics)
        return build(GraphMetrics, self._get('graph/metrics', **self._about(about)))

    def path(self, source: str, target: str, weight: str = 'hops', window: Optional[str] = None,
             since: Optional[When] = None, until: Optional[When] = None, filter: Optional[str] = None,
             group: Optional[str] = None, top: Optional[int] = None, min_bytes: Optional[int] = None,
             min_flows: Optional[int] = None, around: Optional[str] = None, hops: Optional[int] = None) -> GraphPath:
        """The shortest path between two hosts or groups; weight "bytes": along the largest edges."""
        about = {name: value for name, value in locals().items() if name not in ('self', 'source', 'target')}
        return build(GraphPath, self._get('graph/path', **{'from': source, 'to': target}, **self._about(about)))

    def diff(self, before: Range, after: Range, filter: Optional[str] = None, group: Optional[str] = None,
             limit: Optional[int] = None) -> GraphDiff:
        """What is new and what has gone between two times: ("now-2h", "now-1h") or "now-2h..now-1h"."""
        return build(GraphDiff, self._get('graph/diff', before=to_range(before), after=to_range(after), filter=filter,
                                          group=group, limit=limit))

    def scans(self, window: Optional[str] = None, since: Optional[When] = None, until: Optional[When] = None,
              filter: Optional[str] = None) -> List[Scan]:
        """Hosts that look like scanners, by their fan-out."""
        about = {name: value for name, value in locals().items() if name != 'self'}
        return [build(Scan, each) for each in self._get('graph/scans', **self._about(about))['scans']]
