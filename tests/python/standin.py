"""A stand-in for baleen-control's API: it answers out of a store by `baleen flows`, and holds both sides to docs/openapi.json.

A request that the description does not know is refused as the real one does; an answer that does not fit its schema fails
the test that asked. Faults can be asked for, which the real one does not make at will.
"""
import http.server
import json
import pathlib
import re
import sys
import threading
import urllib.parse

import jsonschema

import standin_answers

DESCRIPTION = json.loads((pathlib.Path(__file__).resolve().parents[2] / 'docs/openapi.json').read_text())


class Refusal(Exception):
    def __init__(self, status, title, **members):
        super().__init__(title)
        self.status, self.body = status, {'type': 'about:blank', 'title': title, 'status': status, **members}


def operation(path):
    """The description of GET on a path, and what stands for its {...}; those without come first."""
    for pattern in sorted(DESCRIPTION['paths'], key=lambda pattern: pattern.count('{')):
        found = re.fullmatch(re.sub(r'\{(\w+)\}', r'(?P<\1>[^/]+)', pattern), path)
        if found and 'get' in DESCRIPTION['paths'][pattern]:
            captures = {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}
            return pattern, DESCRIPTION['paths'][pattern]['get'], captures
    raise Refusal(404, 'There is no such path', detail=path)


def check_parameters(described, given):
    known = {each['name']: each for each in described.get('parameters', []) if each['in'] == 'query'}
    for name, value in given.items():
        if name not in known:
            raise Refusal(400, 'Parameter not known', parameter=name, detail='there is no parameter %s' % name)
        schema = known[name]['schema']
        typed = int(value) if schema['type'] == 'integer' and re.fullmatch(r'-?\d+', value) else value
        try:
            jsonschema.validate(value in ('true', '1') if schema['type'] == 'boolean' else typed, schema)
        except jsonschema.ValidationError as error:
            raise Refusal(400, 'Parameter not understood', parameter=name, detail=error.message) from error
    for name, each in known.items():
        if each.get('required') and name not in given:
            raise Refusal(400, 'Parameter missing', parameter=name, detail='%s is needed' % name)


def check_answer(described, answer):
    schema = described['responses']['200']['content']['application/json']['schema']
    jsonschema.validate(answer, {**schema, 'components': DESCRIPTION['components']})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *arguments):
        pass

    def _send(self, status, body, content_type, cut=False, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Type', content_type)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

    def do_GET(self):
        server = self.server.owner
        target = urllib.parse.urlsplit(self.path)
        given = dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True))
        server.requests.append((target.path, given, dict(self.headers)))
        try:
            fault = server.faults.pop(0) if server.faults else None
            if isinstance(fault, Refusal):
                raise fault
            if server.token and self.headers.get('Authorization') != 'Bearer ' + server.token:
                raise Refusal(401, 'Who are you?')
            pattern, described, captures = operation(target.path)
            if pattern != '/api/v1/stream':
                check_parameters(described, given)
            answer = server.answers.get(pattern, given, captures, Refusal)
            if pattern == '/api/v1/stream':
                return self._stream(server, given)
            if isinstance(answer, bytes):
                return self._send(200, answer, 'application/octet-stream', cut=fault == 'cut')
            if isinstance(answer, str):
                return self._send(200, answer.encode(), 'text/plain')
            check_answer(described, answer)
            self._send(200, json.dumps(answer).encode(), 'application/json', cut=fault == 'cut')
        except Refusal as refusal:
            headers = {'Retry_After': '0'} if refusal.status == 503 else {}
            self._send(refusal.status, json.dumps(refusal.body).encode(), 'application/problem+json', **headers)
        except jsonschema.ValidationError as error:
            server.wrong.append(str(error))
            self._send(500, json.dumps({'title': 'no such answer', 'detail': str(error)[:2000]}).encode(), 'application/problem+json')

    def _stream(self, server, given):
        """server.events from behind the id that the client names, and then the end of the connection."""
        topics = given.get('topics', '').split(',') if given.get('topics') else None
        behind = int(self.headers.get('Last-Event-ID', '0'))
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.end_headers()
        self.wfile.write(b': here\nretry: 10\n\n')
        for number, (topic, data) in list(enumerate(server.events, 1))[behind:behind + server.events_at_a_time]:
            if topics is None or topic in topics:
                self.wfile.write(b'id: %d\nevent: %s\ndata: %s\n\n' % (number, topic.encode(), json.dumps(data).encode()))
        self.wfile.write(server.events_tail)
        self.close_connection = True


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that has gone is no error of the server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class StandIn:
    def __init__(self, program, store):
        self.answers = standin_answers.Answers(program, store)
        self.requests, self.wrong, self.faults, self.events = [], [], [], []
        self.token = None
        self.events_at_a_time, self.events_tail = 2, b''
        self._server = QuietServer(('127.0.0.1', 0), Handler)
        self._server.owner = self
        self.address = '127.0.0.1:%d' % self._server.server_port

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        assert not self.wrong, self.wrong


