"""The Python client on the real programs. What cannot run here is skipped loudly, with the reason."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('BALEEN_BUILD', ROOT / 'build'))
SAMPLE = ROOT / 'tests/captures/sample.pcap'
CORPUS = pathlib.Path(os.environ['BALEEN_CORPUS']) if os.environ.get('BALEEN_CORPUS') else None
PACKAGE = ROOT / 'tools/python'

# Before tests/e2e, where a module has the same name.
sys.path.insert(0, str(PACKAGE))
sys.path.append(str(ROOT / 'tests/e2e'))
os.environ['BALEEN_PROGRAM'] = str(BUILD / 'baleen')

from standin import StandIn  # noqa: E402


def needs(condition, reason):
    if not condition:
        pytest.skip(reason)


def pytest_sessionstart(session):
    for program in ('baleen', 'baleen-dataplane', 'baleen-control'):
        if not shutil.which(BUILD / program):
            raise pytest.UsageError('%s is not built; set BALEEN_BUILD or run tools/test' % (BUILD / program))


@pytest.fixture(scope='session')
def corpus():
    needs(CORPUS and CORPUS.is_dir(), 'BALEEN_CORPUS does not name a folder of captures')
    return CORPUS


@pytest.fixture(scope='session')
def dissectors():
    needs(shutil.which('sharkd'), 'sharkd is not installed: apt install wireshark-common')


@pytest.fixture
def as_root():
    needs(os.geteuid() == 0, 'needs root: network namespaces')


@pytest.fixture(scope='session')
def store(tmp_path_factory):
    """The store of a run over the sample, and beside it the packets it wrote."""
    folder = tmp_path_factory.mktemp('run')
    subprocess.run([BUILD / 'baleen', 'run', '--quiet', '-r', SAMPLE, '--data', folder, '-W', folder / 'packets'], check=True,
                   capture_output=True)
    return folder


def free_address():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return '127.0.0.1:%d' % free.getsockname()[1]


def answers(address, process, patience_s=10):
    """Whether the API that the process should have is ready in time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen('http://%s/readyz' % address, timeout=1)
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope='session')
def stand_in(store):
    with StandIn(BUILD / 'baleen', store) as server:
        yield server


@pytest.fixture(scope='session')
def control(store):
    """The address of baleen-control over the sample's store; None where this one has no API."""
    address = free_address()
    process = subprocess.Popen([BUILD / 'baleen-control', '--set', 'api.listen=' + address, '--set', 'store.directory=%s' % store,
                                '--set', 'run.socket=@baleen-python-%d' % os.getpid()], stderr=subprocess.DEVNULL)
    yield address if answers(address, process) else None
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def running(tmp_path):
    """The address of a run that goes on: it has read the sample out of a pipe, which is still open."""
    address = free_address()
    with subprocess.Popen([BUILD / 'baleen', 'run', '--quiet', '-r', '-', '--data', tmp_path / 'run', '--set', 'api.listen=' + address],
                          stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            process.stdin.write(SAMPLE.read_bytes())
            process.stdin.flush()
            yield address if answers(address, process) else None
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, said


@pytest.fixture(params=['stand-in', 'baleen-control'])
def address(request):
    """Of an API over the sample's store: once of a stand-in that holds to the description, once of the real one. Those who
    ask for it by name have one where a run goes on."""
    if request.param == 'stand-in':
        return request.getfixturevalue('stand_in').address
    real = request.getfixturevalue('running' if request.param == 'run' else 'control')
    needs(real, 'baleen-control answers no API here')
    return real


@pytest.fixture
def client(address):
    import baleen
    return baleen.Client(address)


def tshark_fields(capture, *fields, display_filter=None):
    options = [word for field in fields for word in ('-e', field)]
    chosen = ['-Y', display_filter] if display_filter else []
    listed = subprocess.run(['tshark', '-n', '-r', capture, *chosen, '-T', 'fields', '-E', 'occurrence=f', *options],
                            capture_output=True, text=True, check=True)
    return [line.split('\t') for line in listed.stdout.splitlines()]
