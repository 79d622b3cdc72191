"""The client and docs/openapi.json do not drift apart."""
import dataclasses
import inspect
import typing

import pytest

import baleen
from baleen import answers, graphs, state
from standin import DESCRIPTION

SCHEMAS = DESCRIPTION['components']['schemas']
# What has another name in Python, or another form.
CLASSES = {'LedgerInShort': state.LedgerInShort, 'Status': state.Status, 'Run': state.Run, 'Store': state.Store, 'Port': state.Port,
           'Worker': state.Worker, 'Rates': state.Rates, 'Sums': answers.Sums, 'Row': answers.Row, 'Answer': answers.Answer,
           'Top': answers.Top, 'Series': answers.Series, 'Matrix': answers.Matrix, 'Host': answers.Host,
           'Hierarchy': answers.Hierarchy, 'Protocol': answers.Protocol, 'Graph': graphs.Graph, 'Node': graphs.Node,
           'Edge': graphs.Edge, 'GraphMetrics': graphs.GraphMetrics, 'GraphPath': graphs.GraphPath, 'GraphDiff': graphs.GraphDiff,
           'Scan': graphs.Scan}
METHODS = {'/api/v1/flows': 'flows', '/api/v1/flows/{id}': 'flow', '/api/v1/events': 'events', '/api/v1/top': 'top',
           '/api/v1/series': 'series', '/api/v1/matrix': 'matrix', '/api/v1/hosts': 'hosts', '/api/v1/hosts/{address}': 'host',
           '/api/v1/conversations': 'conversations', '/api/v1/protocols': 'protocols', '/api/v1/graph': 'graph',
           '/api/v1/graph/metrics': 'graph_metrics', '/api/v1/graph/path': 'path', '/api/v1/graph/diff': 'diff',
           '/api/v1/graph/scans': 'scans', '/api/v1/packets': 'packets', '/api/v1/packets/pcap': 'pcap',
           '/api/v1/flows/{id}/packets': 'packets', '/api/v1/flows/{id}/pcap': 'pcap', '/api/v1/rates': 'rates',
           '/api/v1/fields': 'fields', '/api/v1/stream': 'stream', '/api/v1/filter': 'check_filter'}
RENAMED = {'from': 'source', 'to': 'target', 'id': 'flow_id', 'Last-Event-ID': 'last_event_id'}
# The method does it by itself, or another one does it.
OWN = {('flows', 'cursor'), ('flows', 'format'), ('events', 'cursor'), ('events', 'format'), ('graph', 'format'),
       ('packets', 'id'), ('pcap', 'id'), ('check_filter', 'filter')}


def properties(schema):
    if '$ref' in schema:
        return properties(SCHEMAS[schema['$ref'].split('/')[-1]])
    merged = dict(schema.get('properties', {}))
    for part in schema.get('allOf', ()):
        merged.update(properties(part))
    return merged


def kinds(schema):
    if '$ref' in schema or 'allOf' in schema:
        return {'object'}
    if 'oneOf' in schema:
        return set().union(*(kinds(each) for each in schema['oneOf']))
    told = schema['type']
    return set([told] if isinstance(told, str) else told)


def kind_of(hint):
    if typing.get_origin(hint) is typing.Union:
        return set().union(*(kind_of(each) for each in typing.get_args(hint)))
    origin = typing.get_origin(hint) or hint
    named = {str: 'string', int: 'integer', float: 'number', bool: 'boolean', list: 'array', dict: 'object', type(None): 'null'}
    return {'object'} if dataclasses.is_dataclass(hint) else {named[origin]}


@pytest.mark.parametrize('name', CLASSES)
def test_answers_have_all_members_and_their_types(name):
    hints = typing.get_type_hints(CLASSES[name])
    described = properties(SCHEMAS[name])
    assert set(described) == set(hints)
    for member, schema in described.items():
        assert kinds(schema) - {'null'} == kind_of(hints[member]) - {'null'}, member
        assert 'null' not in kinds(schema) or 'null' in kind_of(hints[member]), member


@pytest.mark.parametrize('path', METHODS)
def test_methods_take_all_parameters(path):
    method = METHODS[path]
    taken = set(inspect.signature(getattr(baleen.Client, method)).parameters)
    for each in DESCRIPTION['paths'][path]['get'].get('parameters', []):
        assert (method, each['name']) in OWN or RENAMED.get(each['name'], each['name']) in taken, each['name']


def test_every_question_has_a_method():
    other = {'/healthz', '/readyz', '/metrics', '/api/v1/openapi.json', '/api/v1/status', '/api/v1/ledger', '/api/v1/ports',
             '/api/v1/workers', '/api/v1/config', '/api/v1/matches'}
    left = {path for path, verbs in DESCRIPTION['paths'].items() if 'get' in verbs} - other - set(METHODS)
    assert all(path.startswith('/api/v1/rules') for path in left), left


def test_members_that_are_new_or_missing_do_no_harm():
    top = answers.build(answers.Top, {'rows': [{'key': ['a'], 'bytes_out': 3, 'colour': 'red'}], 'weather': 'fine', 'others': None})
    assert top.rows[0].bytes == 3 and top.total.flows == 0 and top.by == 'bytes'
