"""Server-sent events: what they say, and what happens to them when connections end."""
import itertools
import subprocess

import pytest

import baleen
from baleen.sse import Parser
from conftest import BUILD, SAMPLE, answers, free_address, needs
from standin import Refusal


@pytest.fixture
def server(stand_in):
    stand_in.requests.clear()
    stand_in.events[:] = [('rates', {'number': 1}), ('flows', {'number': 2}), ('rates', {'number': 3}), ('status', {'number': 4}),
                          ('rates', {'number': 5})]
    stand_in.events_at_a_time, stand_in.events_tail = 2, b''
    return stand_in


def taken(server, count, **arguments):
    stream = baleen.Client(server.address).stream(**arguments)
    found = list(itertools.islice(stream, count))
    stream.close()
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr('baleen.sse.RETRY_S', 0.01)


def test_goes_on_behind_the_last_event(server):
    found = taken(server, 5)
    assert [event.data['number'] for event in found] == [1, 2, 3, 4, 5]
    assert [event.topic for event in found] == ['rates', 'flows', 'rates', 'status', 'rates']
    assert [headers.get('Last-Event-ID') for _, _, headers in server.requests] == [None, '2', '4']


def test_topics_and_where_to_begin(server):
    server.events_at_a_time = 9
    assert [event.data['number'] for event in taken(server, 2, topics=['rates', 'status'], last_event_id='2')] == [3, 4]
    assert server.requests[0][1] == {'topics': 'rates,status'}


def test_an_event_that_was_cut_short_comes_again(server):
    server.events_tail = b'id: 3\nevent: rates\ndata: {"number": 99}\n'
    assert [event.data['number'] for event in taken(server, 4)] == [1, 2, 3, 4]


def test_waits_where_there_is_no_room_and_ends_where_it_is_refused(server):
    server.faults[:] = [Refusal(503, 'Busy')]
    assert len(taken(server, 1)) == 1
    server.faults[:] = [Refusal(401, 'Who are you?')]
    with pytest.raises(baleen.Problem):
        taken(server, 1)


def test_without_reconnecting_a_loss_is_an_error(server):
    stream = baleen.Client(server.address).stream(reconnect=False)
    assert len(list(itertools.islice(stream, 2))) == 2
    with pytest.raises(baleen.ConnectionFailed):
        next(stream)


@pytest.mark.parametrize('text, events', [
    (b'data: 1\n\n', [('message', 1, None)]),
    (b'event: rates\r\ndata:{"a":\r\ndata: 2}\r\nid: 7\r\n\r\n', [('rates', {'a': 2}, '7')]),
    (b': nothing\n\nevent: rates\n\n', []),
    (b'id: 5\n\ndata: x\n\n', [('message', 'x', '5')]),
    (b'id: a\0b\ndata: x\n\n', [('message', 'x', None)]),
    (b'data: x\n', []),
    (b'data: x\n\ndata: y', [('message', 'x', None)]),
    (b'colour: red\nretry: 20\ndata: "\xff"\n\n', [('message', '\ufffd', None)]),
])
def test_parses_what_the_standard_says(text, events):
    found = list(Parser().events(text.splitlines(keepends=True)))
    assert [(event.topic, event.data, event.id) for event in found] == events


def test_live_rates_of_a_run(tmp_path, control, monkeypatch):
    needs(control, 'baleen-control answers no API here')
    monkeypatch.setattr('baleen.sse.SILENCE_S', 20.0)
    address = free_address()
    run = subprocess.Popen([BUILD / 'baleen', 'run', '--quiet', '-r', '-', '--data', tmp_path, '--set', 'api.listen=' + address],
                           stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        run.stdin.write(SAMPLE.read_bytes())
        run.stdin.flush()
        assert answers(address, run)
        client = baleen.Client(address)
        stream = client.stream('rates', reconnect=False)
        first, second = next(stream), next(stream)
        assert first.topic == second.topic == 'rates' and first.data['time_ns'] < second.data['time_ns']
        stream.close()
        again = client.stream('rates', last_event_id=first.id, reconnect=False)
        assert next(again) == second
        again.close()
        assert client.status().run.state == 'running' and client.ports() and client.workers() and client.rates()
        assert client.ledger()['received'] > 0
    finally:
        run.stdin.close()
        run.wait(timeout=60)
