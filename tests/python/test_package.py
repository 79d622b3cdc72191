"""The package: its types hold, its modules stay small, and it is built without a network."""
import shutil
import subprocess
import sys

import pytest

from conftest import PACKAGE

LINES_MAX, COLUMNS_MAX = 250, 130


def test_types_hold(tmp_path):
    pytest.importorskip('mypy')
    done = subprocess.run([sys.executable, '-m', 'mypy', '--cache-dir', tmp_path, '--config-file', PACKAGE / 'pyproject.toml',
                           PACKAGE / 'baleen'], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_stay_small():
    for path in (PACKAGE / 'baleen').glob('*.py'):
        lines = path.read_text().splitlines()
        assert len(lines) <= LINES_MAX and max(map(len, lines), default=0) <= COLUMNS_MAX, path


def test_is_built_and_installed_without_a_network(tmp_path):
    pytest.importorskip('setuptools')
    pytest.importorskip('pip')
    shutil.copytree(PACKAGE, tmp_path / 'source', ignore=shutil.ignore_patterns('__pycache__'))
    subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', '--no-build-isolation',
                    '--disable-pip-version-check', '--no-warn-script-location', '--target', tmp_path / 'site', tmp_path / 'source'],
                   check=True, capture_output=True, env={'PATH': '/usr/bin:/bin', 'HOME': str(tmp_path)})
    assert (tmp_path / 'site/baleen/py.typed').is_file()
    done = subprocess.run([sys.executable, '-c', 'import baleen; print(baleen.__file__)'], capture_output=True, text=True, check=True,
                          cwd='/', env={'PYTHONPATH': str(tmp_path / 'site')})
    assert done.stdout.startswith(str(tmp_path))
