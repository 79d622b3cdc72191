"""The client and docs/openapi.json do not drift apart."""
import dataclasses
import inspect
import typing

import pytest

import baleen
from baleen import answers, dissected, dissected_lists, graphs, state
from standin import DESCRIPTION

SCHEMAS = DESCRIPTION['components']['schemas']
# What has another name in Python, or another form.
CLASSES = {'LedgerInShort': state.LedgerInShort, 'Status': state.Status, 'Run': state.Run, 'Store': state.Store, 'Port': state.Port,
           'Worker': state.Worker, 'Rates': state.Rates, 'Sums': answers.Sums, 'Row': answers.Row, 'Answer': answers.Answer,
           'Top': answers.Top, 'Series': answers.Series, 'Matrix': answers.Matrix, 'Host': answers.Host,
           'Hierarchy': answers.Hierarchy, 'Protocol': answers.Protocol, 'Graph': graphs.Graph, 'Node': graphs.Node,
           'Edge': graphs.Edge, 'GraphMetrics': graphs.GraphMetrics, 'GraphPath': graphs.GraphPath, 'GraphDiff': graphs.GraphDiff,
           'Scan': graphs.Scan, 'Dissection': dissected_lists.Opened, 'DissectedList': dissected_lists.DissectedList,
           'DissectedList.packets': dissected_lists.ListedPacket, 'DissectedPacket': dissected.DissectedPacket,
           'DissectedPacket.sources': dissected.Source, 'DissectedPacket.streams': dissected.StreamFilter,
           'DissectedField': dissected.DissectedField, 'DissectedStream': dissected_lists.DissectedStream,
           'DissectedStream.pieces': dissected_lists.Piece, 'DissectedSide': dissected_lists.DissectedSide,
           'DisplayFilterCheck': dissected_lists.DisplayFilterCheck, 'DisplayFields': dissected_lists.DisplayFields,
           'DisplayFields.fields': dissected_lists.DisplayField}
METHODS = {'/api/v1/flows': 'flows', '/api/v1/flows/{id}': 'flow', '/api/v1/events': 'events', '/api/v1/top': 'top',
           '/api/v1/series': 'series', '/api/v1/matrix': 'matrix', '/api/v1/hosts': 'hosts', '/api/v1/hosts/{address}': 'host',
           '/api/v1/conversations': 'conversations', '/api/v1/protocols': 'protocols', '/api/v1/graph': 'graph',
           '/api/v1/graph/metrics': 'graph_metrics', '/api/v1/graph/path': 'path', '/api/v1/graph/diff': 'diff',
           '/api/v1/graph/scans': 'scans', '/api/v1/packets': 'packets', '/api/v1/packets/pcap': 'pcap',
           '/api/v1/flows/{id}/packets': 'packets', '/api/v1/flows/{id}/pcap': 'pcap', '/api/v1/rates': 'rates',
           '/api/v1/fields': 'fields', '/api/v1/stream': 'stream', '/api/v1/filter': 'check_filter'}
# Of a dissection, by what is asked.
DISSECTION = {'delete /api/v1/dissections/{id}': 'close', 'get /api/v1/dissections/{id}/packets': 'packets',
              'get /api/v1/dissections/{id}/packets/{number}': 'packet', 'get /api/v1/dissections/{id}/stream': 'stream',
              'get /api/v1/dissections/{id}/fields': 'fields', 'get /api/v1/dissections/{id}/filter': 'check_filter'}
QUESTIONS = {**{'get ' + path: (baleen.Client, method) for path, method in METHODS.items()},
             'post /api/v1/dissections': (baleen.Client, 'dissect'),
             **{question: (baleen.Dissection, method) for question, method in DISSECTION.items()}}
RENAMED = {'from': 'source', 'to': 'target', 'id': 'flow_id', 'Last-Event-ID': 'last_event_id'}
# The method does it by itself, or another one does it, or it has another name there.
OWN_OF_DISSECTION = {('packets', 'skip'), ('stream', 'display_filter'), ('check_filter', 'display_filter')}
OWN = {('flows', 'cursor'), ('flows', 'format'), ('events', 'cursor'), ('events', 'format'), ('graph', 'format'),
       ('packets', 'id'), ('pcap', 'id'), ('check_filter', 'filter')}


def properties(schema):
    if '$ref' in schema:
        return properties(SCHEMAS[schema['$ref'].split('/')[-1]])
    merged = dict(schema.get('properties', {}))
    for part in schema.get('allOf', ()):
        merged.update(properties(part))
    return merged


def described(name):
    """A schema by its name, or by its place in another one, where it is an item of a list."""
    schema, _, member = name.partition('.')
    return properties(SCHEMAS[schema])[member]['items'] if member else SCHEMAS[schema]


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
    named = {str: 'string', bytes: 'string', int: 'integer', float: 'number', bool: 'boolean', list: 'array', dict: 'object', type(None): 'null'}
    return {'object'} if dataclasses.is_dataclass(hint) else {named[origin]}


@pytest.mark.parametrize('name', CLASSES)
def test_answers_have_all_members_and_their_types(name):
    hints = typing.get_type_hints(CLASSES[name])
    members = properties(described(name))
    assert set(members) == set(hints)
    for member, schema in members.items():
        assert kinds(schema) - {'null'} == kind_of(hints[member]) - {'null'}, member
        assert 'null' not in kinds(schema) or 'null' in kind_of(hints[member]), member


def test_what_travels_as_base64_is_bytes():
    for name, kind in CLASSES.items():
        hints = typing.get_type_hints(kind)
        for member, schema in properties(described(name)).items():
            assert (schema.get('contentEncoding') == 'base64') == (hints[member] is bytes), (name, member)


@pytest.mark.parametrize('question', QUESTIONS)
def test_methods_take_all_parameters(question):
    (verb, path), (asked, method) = question.split(), QUESTIONS[question]
    own = OWN_OF_DISSECTION if asked is baleen.Dissection else OWN
    taken = set(inspect.signature(getattr(asked, method)).parameters)
    for each in DESCRIPTION['paths'][path][verb].get('parameters', []):
        is_the_dissection = asked is baleen.Dissection and each['name'] == 'id'
        assert is_the_dissection or (method, each['name']) in own or RENAMED.get(each['name'], each['name']) in taken, each['name']


def test_every_question_has_a_method():
    other = {'get ' + path for path in ('/healthz', '/readyz', '/metrics', '/api/v1/openapi.json', '/api/v1/status', '/api/v1/ledger',
                                        '/api/v1/ports', '/api/v1/workers', '/api/v1/config', '/api/v1/matches')}
    every = {'%s %s' % (verb, path) for path, verbs in DESCRIPTION['paths'].items() for verb in verbs}
    left = every - other - set(QUESTIONS)
    assert all('/api/v1/rules' in question for question in left), left


def test_members_that_are_new_or_missing_do_no_harm():
    top = answers.build(answers.Top, {'rows': [{'key': ['a'], 'bytes_out': 3, 'colour': 'red'}], 'weather': 'fine', 'others': None})
    assert top.rows[0].bytes == 3 and top.total.flows == 0 and top.by == 'bytes'
