"""Asks the API of a control process, as a program would."""
import json
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import baleen

ADDRESS = re.compile(r'the API is at (http://\S+)/')


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return self.body.decode().splitlines()


class Api:
    """An address, and questions to it."""

    def __init__(self, address):
        self.address = address

    def ask(self, path, body=None, method=None, headers=None, **parameters):
        query = urllib.parse.urlencode({name.rstrip('_'): value for name, value in parameters.items()})
        request = urllib.request.Request(self.address + path + ('?' + query if query else ''), data=body,
                                         method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=baleen.TIMEOUT_S) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def get(self, path, **parameters):
        """The JSON of an answer that has to be one."""
        answer = self.ask(path, **parameters)
        assert answer.status == 200, (path, parameters, answer.status, answer.body)
        return answer.json

    def events(self, topics, seconds=20):
        """Events (name, data) of the stream, as they come."""
        url = '%s/api/v1/stream?topics=%s' % (self.address, topics)
        with urllib.request.urlopen(url, timeout=seconds) as response:
            name, data = None, []
            for line in response:
                line = line.decode().rstrip('\n')
                if line.startswith('event:'):
                    name = line[6:].strip()
                elif line.startswith('data:'):
                    data.append(line[5:].strip())
                elif not line and name:
                    yield name, json.loads('\n'.join(data))
                    name, data = None, []


class Listener:
    """Reads what a process says until it names its address, and goes on reading so that it never waits."""

    def __init__(self, process):
        self.said, self.found, self.address = [], threading.Event(), None
        self.stream = process.stderr
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.stream:
            self.said.append(line)
            told = ADDRESS.search(line)
            if told:
                self.address = told.group(1)
                self.found.set()
        self.found.set()

    def api(self):
        assert self.found.wait(60) and self.address, ''.join(self.said)
        return Api(self.address)


class Served:
    """`baleen serve` over a store, until the end of the block."""

    def __init__(self, store, *arguments):
        self.command = [baleen.BUILD / 'baleen', 'serve', '--data', store, '--listen', '127.0.0.1:0', *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        self.listener = Listener(self.process)
        self.api = self.listener.api()
        self.api.process = self.process
        return self.api

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, ''.join(self.listener.said)
