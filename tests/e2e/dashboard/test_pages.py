"""The pages of the dashboard in a real browser, over what the real programs made of the sample capture."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import api  # noqa: E402
import baleen  # noqa: E402
import namespaces  # noqa: E402
from conftest import needs  # noqa: E402
from test_api import RULES, Live  # noqa: E402
from test_live import PORT, SENDER, link, sendable  # noqa: E402,F401

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = baleen.ROOT / 'src/dashboard'
CHROMIUM = os.environ.get('CHROMIUM', '/usr/bin/chromium')
# A run of all views in both themes, drawn without a graphics card.
TIMEOUT_S = 600
# Tests that want a run of their own.
WITH_RUN = {'live.test.mjs', 'rules.test.mjs', 'token.test.mjs', 'port.test.mjs'}


def node_version():
    if not shutil.which('node'):
        return 0
    return int(subprocess.run(['node', '--version'], capture_output=True, text=True, check=True).stdout.lstrip('v').split('.')[0])


@pytest.fixture(scope='module')
def pages(tmp_path_factory):
    needs(node_version() >= 20, 'tests of pages need Node.js 20')
    needs(os.access(CHROMIUM, os.X_OK), 'tests of pages need a browser: %s' % CHROMIUM)
    needs((SOURCES / 'node_modules/playwright-core').is_dir(), 'the packages of the dashboard are not installed: tools/dashboard')
    out = tmp_path_factory.mktemp('www')
    subprocess.run(['node', SOURCES / 'build.mjs', '--out=%s' % out], check=True)
    return out


@pytest.fixture(scope='module')
def replayed(pages, tmp_path_factory):
    """The sample in a store, its packets in files."""
    folder = tmp_path_factory.mktemp('run')
    # `baleen extract` looks for packets beside the store.
    run = baleen.Run(folder, '-r', baleen.SAMPLE, '-W', folder / 'store/packets')
    assert run.finish() == 0, run.stderr
    return run


def address_said_by(process):
    """What a control process says on standard error: where its API is."""
    said = []
    for line in process.stderr:
        said.append(line)
        found = re.search(r'the API is at (http://\S+)', line)
        if found:
            return found[1]
    return pytest.fail(''.join(said))


@pytest.fixture(scope='module')
def served(pages, replayed):
    """Address of the control process that serves pages and API of the stored run."""
    settings = {'store.directory': replayed.store, 'api.listen': '127.0.0.1:0', 'api.www': pages}
    words = [word for key, value in settings.items() for word in ('--set', '%s=%s' % (key, value))]
    process = subprocess.Popen([baleen.BUILD / 'baleen-control', '--serve', *words], stderr=subprocess.PIPE, text=True)
    yield address_said_by(process)
    process.terminate()
    process.communicate(timeout=60)


def test_pages_of_a_run_that_goes_on(pages, tmp_path):
    feed = tmp_path / 'feed'
    os.mkfifo(feed)
    # Both ends, so that it neither waits for a writer nor ends with the first one.
    with open(feed, 'r+b', buffering=0) as pipe:
        run = baleen.Run(tmp_path / 'run', '-r', '-', settings=['api.listen=127.0.0.1:0', 'api.www=%s' % pages], stdin=pipe)
        run_pages('live.test.mjs', BALEEN_LIVE_URL=address_said_by(run.process), BALEEN_FEED=str(feed),
                  BALEEN_SAMPLE=str(baleen.SAMPLE))
        run.interrupt()
        assert run.finish() == 0, run.stderr


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / 'a.rules'
    path.write_text(RULES)
    return path


def test_pages_of_a_run_with_rules(pages, served, rules, tmp_path):
    live = Live(tmp_path / 'run', '--rules', rules, settings=['api.www=%s' % pages])
    live.write(baleen.SAMPLE.read_bytes())
    run_pages('rules.test.mjs', BALEEN_URL=served, BALEEN_LIVE_URL=live.listener.api().address + '/', BALEEN_RULES=str(rules))
    live.end()


def test_pages_whose_api_wants_a_token(pages, rules, tmp_path):
    tokens = {'read': 'readers-of-packets-1', 'admin': 'keepers-of-packets-1'}
    path = tmp_path / 'tokens'
    path.touch(mode=0o600)
    path.write_text(''.join('%s %s\n' % both for both in tokens.items()))
    live = Live(tmp_path / 'run', '--rules', rules, settings=['api.www=%s' % pages, 'api.token_file=%s' % path])
    live.write(baleen.SAMPLE.read_bytes())
    run_pages('token.test.mjs', BALEEN_TOKEN_URL=live.listener.api().address + '/', BALEEN_READ_TOKEN=tokens['read'],
              BALEEN_ADMIN_TOKEN=tokens['admin'])
    live.end()


def test_pages_of_a_port(as_root, pages, link, tmp_path):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = baleen.Run(tmp_path / 'run', '-i', 'net_af_packet0,iface=%s' % PORT, prefix=receiver.prefix(),
                     settings=['api.listen=127.0.0.1:0', 'api.www=%s' % pages, 'flow.idle_timeout=1s'])
    # Its API is in the namespace of its port, and so is the browser.
    replay = [*sender.prefix(), 'tcpreplay', '-q', '--loop=0', '--duration=60', '--pps=500', '-i', SENDER, str(capture)]
    run_pages('port.test.mjs', prefix=receiver.prefix(), BALEEN_LIVE_URL=address_said_by(run.process), BALEEN_PORT=PORT,
              BALEEN_REPLAY=json.dumps(replay))
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    arrived, _ = namespaces.interface_packets(receiver, PORT)
    assert run.ledger['wire'] == arrived > 100


def run_pages(name, prefix=(), **variables):
    environment = {**os.environ, 'BALEEN_DASHBOARD': str(SOURCES), 'CHROMIUM': CHROMIUM, **variables}
    done = subprocess.run([*prefix, 'node', '--test', HERE / name], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-2000:]


def count_of(run, *arguments):
    return len(run.flows(*arguments))


@pytest.mark.parametrize('name', sorted(path.name for path in HERE.glob('*.test.mjs') if path.name not in WITH_RUN))
def test_pages(name, served, replayed):
    run_pages(name, BALEEN_URL=served, BALEEN_FLOWS=str(count_of(replayed)),
              BALEEN_HTTP_FLOWS=str(count_of(replayed, 'app_proto == http')), BALEEN_DISSECTOR=shutil.which('sharkd') or '')


def test_pages_are_served_as_they_are_to_be_kept(served, pages):
    manifest = json.loads((pages / 'manifest.json').read_text())
    head = subprocess.run(['curl', '-sI', '--compressed', served + manifest['first'][0]], capture_output=True, text=True, check=True).stdout
    assert 'immutable' in head and 'Content-Encoding: gzip' in head, head
    index = subprocess.run(['curl', '-sI', served], capture_output=True, text=True, check=True).stdout
    assert 'no-cache' in index and "default-src 'self'" in index, index
