"""Every example of docs/python.md runs as it stands."""
import os
import re
import subprocess
import sys
import threading
import time

import pytest

import namespaces
from conftest import PACKAGE, ROOT, SAMPLE

PAGE = (ROOT / 'docs/python.md').read_text()
EXAMPLES = [(re.findall(r'^## (.*)$', PAGE[:found.start()], re.MULTILINE)[-1], found[1])
            for found in re.finditer(r'^```python\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)]
OFFLINE = [example for example in EXAMPLES if 'iface=' not in example[1] and 'Client(' not in example[1]]
LIVE = [example for example in EXAMPLES if 'iface=' in example[1]]
SERVED = [example for example in EXAMPLES if 'Client(' in example[1]]


def servers(code):
    """Those that have answers to an example."""
    if '.dissect(' in code:
        return ['baleen-control']
    return ['stand-in', 'run' if '.stream(' in code else 'baleen-control']


ON_SERVERS = [(title, code, server) for title, code in SERVED for server in servers(code)]


def run(code, folder, prefix=(), **environment):
    (folder / 'capture.pcap').symlink_to(SAMPLE)
    done = subprocess.run([*prefix, sys.executable, '-W', 'always::ResourceWarning', '-c', code], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**os.environ, 'PYTHONPATH': str(PACKAGE), **environment})
    assert done.returncode == 0 and 'ResourceWarning' not in done.stderr, done.stderr
    for name in re.findall(r'"([\w.]+\.(?:html|graphml|pcapng))"', code):
        assert (folder / name).stat().st_size > 200, name
    return done.stdout


def packages(code):
    for name, sign in (('networkx', 'networkx'), ('pandas', 'to_dataframe'), ('plotly', 'figure_')):
        if sign in code:
            pytest.importorskip(name)


def test_nothing_is_left_out():
    assert len(OFFLINE) >= 4 and len(LIVE) == 1 and len(SERVED) == 3
    assert len(OFFLINE) + len(LIVE) + len(SERVED) == PAGE.count('```python')


@pytest.mark.parametrize('title, code', OFFLINE, ids=[title for title, _ in OFFLINE])
def test_on_a_capture(title, code, tmp_path):
    packages(code)
    told = run(code, tmp_path)
    if 'PyShark' in title:
        assert 'www.example.test' in told and "       ^ unknown field 'ip.adr'" in told
    if 'NFStream' in title:
        assert 'ssh' in told and 'www.example.test' in told
    if 'NetworkX' in title:
        assert '2001:db8:0:7::1' in told and told.count(' rank ') == 5


@pytest.mark.parametrize('title, code', LIVE, ids=[title for title, _ in LIVE])
def test_on_a_wire(title, code, tmp_path, as_root):
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    namespaces.wire(sender, 'wire0', receiver, 'eth1')
    kept = tmp_path / 'sendable.pcap'
    subprocess.run(['tshark', '-n', '-F', 'pcap', '-r', SAMPLE, '-Y', 'frame.len <= 1514', '-w', kept], check=True, capture_output=True)
    ended = threading.Event()

    def send():
        while not ended.is_set():  # until somebody listens
            sender.run('tcpreplay', '-q', '--pps=5000', '-i', 'wire0', kept, check=False)
            time.sleep(0.2)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        told = run(code, tmp_path, receiver.prefix())
    finally:
        ended.set()
        sending.join()
        sender.delete()
        receiver.delete()
    *lines, last = told.splitlines()
    assert len(lines) == 20 and all(re.search(r':(443|53)\b', line) for line in lines)
    assert last.startswith('20 packets from ')


@pytest.mark.parametrize('title, code, address', ON_SERVERS, indirect=['address'],
                         ids=['%s-%s' % (title, server) for title, _, server in ON_SERVERS])
def test_on_a_server(title, code, tmp_path, address, stand_in, request):
    packages(code)
    if '.dissect(' in code:
        request.getfixturevalue('dissectors')
    stand_in.events[:] = [('status', {'ready': True})]
    told = run(code, tmp_path, BALEEN_API=address)
    assert told
    if '.dissect(' in code:
        assert 'Server Name: www.example.test' in told and 'GET / HTTP/1.1' in told
    if 'check_filter' in code:
        assert "       ^ unknown field 'ip.adr'" in told
