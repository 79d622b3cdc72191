"""Many who ask, and some who only hold on: the records that come meanwhile are all stored."""
import re
import socket
import subprocess
import threading
import time

import pytest

import api
import baleen
from test_api import Live
from test_crash import capture_of

STREAMS, SLOW = 1000, 100


def connect(address):
    host, port = address[len('http://'):].rsplit(':', 1)
    return socket.create_connection((host, int(port)), timeout=60)


def open_streams(address, count):
    """Clients of the event stream that have had their first answer and read no further."""
    clients = []
    for _ in range(count):
        client = connect(address)
        client.sendall(b'GET /api/v1/stream?topics=rates HTTP/1.1\r\nHost: localhost\r\n\r\n')
        clients.append(client)
    for client in clients:
        assert client.recv(100).startswith(b'HTTP/1.1 200'), 'a stream was refused'
    return clients


def wrk(address, path, seconds):
    done = subprocess.run(['wrk', '-t', '1', '-c', '32', '-d', '%ds' % seconds, address + path], capture_output=True,
                          text=True, check=True).stdout
    errors = re.search(r'Non-2xx or 3xx responses: (\d+)', done)
    return float(re.search(r'Requests/sec:\s+([\d.]+)', done).group(1)), int(errors.group(1)) if errors else 0


def test_load_on_the_api_costs_no_record(tmp_path):
    flows = 200_000
    # Whatever is not taken in time is dropped and counted, as on a port.
    live = Live(tmp_path, settings=['ring.when_full=drop', 'api.connections_per_client_max=4096', 'store.commit_interval=500ms'])
    address = live.listener.api()
    clients = open_streams(address.address, STREAMS)
    slow = [connect(address.address) for _ in range(SLOW)]
    for client in slow:
        client.sendall(b'GET /api/v1/fl')  # and nothing more
    rates = {}
    asking = threading.Thread(target=lambda: rates.update(
        {path: wrk(address.address, path, 3) for path in ('/healthz', '/api/v1/status')}))
    asking.start()
    data = capture_of(flows)
    step = len(data) // 100
    for at in range(0, len(data), step):
        live.write(data[at:at + step])
        time.sleep(0.05)
    asking.join()
    assert rates['/healthz'][1] == rates['/api/v1/status'][1] == 0, rates
    # The streams go on, those who never finish a request have been closed.
    baleen.wait_for(lambda: address.get('/api/v1/rates')['rates'], 'a sample of the rates')
    for client in clients[::100]:
        client.settimeout(30)
        assert b'event: rates' in client.recv(1 << 16)
    for client in slow:
        client.settimeout(30)
        assert b'408' in client.recv(1 << 16) or client.recv(100) == b''
    for client in clients + slow:
        client.close()
    live.end()
    ledger = live.run.ledger
    assert ledger['records_dropped'] == 0 and len(live.run.flows()) == flows
