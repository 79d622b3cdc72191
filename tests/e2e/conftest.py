"""What the end-to-end tests share. Parts that cannot run here are skipped loudly, with the reason."""
import os
import shutil
import subprocess

import pytest

import baleen


def needs(condition, reason):
    if not condition:
        pytest.skip(reason)


@pytest.fixture(scope='session')
def corpus():
    needs(baleen.CORPUS and (baleen.CORPUS / 'facts.json').is_file(),
          'BALEEN_CORPUS does not name a folder of captures with facts.json')
    return baleen.CORPUS


@pytest.fixture
def as_root():
    needs(os.geteuid() == 0, 'needs root: network namespaces, AF_XDP, loop devices')


@pytest.fixture
def disks(tmp_path, as_root):
    """File systems of their own, of a size as mount(8) takes it."""
    made = []

    def make(size):
        made.append(tmp_path / ('disk%d' % len(made)))
        made[-1].mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%s' % size, 'tmpfs', made[-1]], check=True)
        return made[-1]
    yield make
    for disk in made:
        subprocess.run(['umount', '-l', disk], check=True)


@pytest.fixture(autouse=True)
def nothing_left_running():
    """A live run whose test has failed would poll on, and take its core from the tests that follow."""
    yield
    baleen.Run.end_all()


def pytest_sessionstart(session):
    for program in ('baleen', 'baleen-dataplane', 'baleen-control'):
        if not shutil.which(baleen.BUILD / program):
            raise pytest.UsageError('%s is not built; set BALEEN_BUILD or run tools/test' % (baleen.BUILD / program))
