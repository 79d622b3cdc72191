#!/usr/bin/python3
"""Builds everything and runs every test; called by tools/test once the packages are there.

The last line is the result, alone: N passed, N failed, N skipped. BALEEN_STEPS=unit,e2e runs a part.
"""
import collections
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import typing
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 1)

Result = collections.namedtuple('Result', 'name status detail')  # status: passed, failed, skipped


def say(text):
    print(text, flush=True)


def run(*command, **options):
    options.setdefault('cwd', ROOT)
    return subprocess.run([str(word) for word in command], **options)


def captured(*command, **options):
    done = run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return done.returncode, done.stdout


def listed(*patterns):
    """The files of the tree, those that are not committed yet included."""
    names = captured('git', 'ls-files', '--cached', '--others', '--exclude-standard', *patterns)[1].split()
    assert names, 'no file matches %s' % ' '.join(patterns)
    return [name for name in names if (ROOT / name).is_file()]


def from_junit(path):
    """One result per test case of a JUnit file."""
    for case in xml.etree.ElementTree.parse(path).getroot().iter('testcase'):
        name = '%s.%s' % (case.get('classname') or '', case.get('name'))
        outcomes = {child.tag: (child.get('message') or '') + (child.text or '') for child in case}
        if 'failure' in outcomes or 'error' in outcomes:
            yield Result(name, 'failed', outcomes.get('failure', outcomes.get('error')))
        elif 'skipped' in outcomes:
            yield Result(name, 'skipped', outcomes['skipped'])
        else:
            yield Result(name, 'passed', '')


class Build(typing.NamedTuple):
    """A Meson build in which a warning is an error."""
    folder: pathlib.Path
    compiler: str
    options: list
    targets: list = []

    def make(self, *before):
        """`before`: words in front of the commands, such as `nice`."""
        name = 'build %s (%s)' % (self.folder.name, self.compiler)
        if not (self.folder / 'build.ninja').is_file():
            # Meson looks for ccache by itself only where CXX says nothing.
            words = ['ccache', self.compiler] if shutil.which('ccache') else [self.compiler]
            status, output = captured(*before, 'meson', 'setup', self.folder, ROOT, '-Dwerror=true', *self.options,
                                      env={**os.environ, 'CXX': ' '.join(words)})
            if status:
                return Result(name, 'failed', output)
        status, output = captured(*before, 'ninja', '-C', self.folder, '-j', JOBS, *self.targets)
        return Result(name, 'failed' if status else 'passed', output[-8000:])


BUILDS = {
    'unit': Build(ROOT / 'build-test', 'g++', ['-Dbuildtype=release', '-Dbench=true']),
    # The one test that wants nDPI built in; nothing else is built for it.
    'ndpi': Build(ROOT / 'build-test-ndpi', 'g++', ['-Dbuildtype=release', '-Dndpi=true'], ['tests/unit/long_tail_test']),
    'sanitized': Build(ROOT / 'build-test-sanitized', 'clang++',
                       ['-Dfuzzers=true', '-Db_sanitize=address,undefined', '-Db_lundef=false', '-Doptimization=1',
                        '-Ddebug=false', '-Dcpp_args=-gline-tables-only'], ['meson-test-prereq']),
    'threads': Build(ROOT / 'build-test-threads', 'g++',
                     ['-Db_sanitize=thread', '-Db_lundef=false', '-Doptimization=1', '-Ddebug=false', '-Dcpp_args=-g1'],
                     ['thread_tests', 'baleen-dataplane', 'baleen-control']),
}


@contextlib.contextmanager
def builds_ahead(names):
    """What later steps need, built while the end-to-end tests wait for clocks: at idle priority, which leaves to
    others whatever they want. A build that fails here fails again where it is asked for, and is told there."""
    thread = threading.Thread(target=lambda: [BUILDS[name].make('chrt', '--idle', '0') for name in names])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def meson_tests(folder, *suites):
    options = [word for suite in suites for word in ('--suite', suite)]
    status, output = captured('meson', 'test', '-C', folder, '--no-rebuild', '--num-processes', JOBS, *options)
    found = list(from_junit(folder / 'meson-logs/testlog.junit.xml'))
    if status and not any(result.status == 'failed' for result in found):
        found.append(Result('meson test in %s' % folder.name, 'failed', output))
    return found


def step_unit():
    built = BUILDS['unit'].make()
    return [built] + (meson_tests(BUILDS['unit'].folder, 'unit', 'bench_smoke') if built.status == 'passed' else [])


def step_style():
    found = []
    for name in ('check_includes.py', 'check_style.py'):
        status, output = captured(ROOT / 'tests' / name)
        found.append(Result(name, 'failed' if status else 'passed', output))
    status, output = captured('clang-format', '--dry-run', '-Werror', *listed('*.cc', '*.h', '*.c'))
    found.append(Result('clang-format', 'failed' if status else 'passed', output[-8000:]))
    return found


def changed_since(commit):
    """Names of files, those that are not committed included; None if there is no such commit here."""
    known, _ = captured('git', 'cat-file', '-e', '%s^{commit}' % commit)
    if known:
        return None
    return {*captured('git', 'diff', '--name-only', commit)[1].split(),
            *captured('git', 'ls-files', '--others', '--exclude-standard')[1].split()}


def sources_including(folder, changed):
    """Sources of a build that have a changed file among what they are made of, by what the compiler has noted."""
    found = set()
    for block in captured('ninja', '-C', folder, '-t', 'deps')[1].split('\n\n'):
        files = [os.path.relpath(folder / line.strip(), ROOT) for line in block.splitlines()[1:] if not line.strip().startswith('/')]
        if changed.intersection(files):
            found.update(files)
    return found


def to_lint(folder):
    """All sources, but for those that were looked at as they are now: tests/lint_base names a commit in which every one was.
    What they include and how they are compiled decides what clang-tidy finds, and nothing else."""
    sources = listed('src/*.cc', 'drivers/*.cc')
    base = ROOT / 'tests/lint_base'
    changed = changed_since(base.read_text().strip()) if base.is_file() else None
    if changed is None or changed.intersection(['.clang-tidy', 'meson.build', 'meson_options.txt']):
        return sources
    again = changed | sources_including(folder, changed)
    return [name for name in sources if name in again]


def step_lint():
    """clang-tidy, a file per job; needs the compile commands of the first build."""
    folder = BUILDS['unit'].folder
    sources = to_lint(folder)
    # The commands are g++'s, some of whose warnings clang does not know.
    status, output = captured('xargs', '-r', '-P', JOBS, '-n', '4', 'clang-tidy', '--quiet', '-p', folder,
                              '--extra-arg=-Wno-unknown-warning-option', input='\n'.join(sources))
    wrong = [line for line in output.splitlines() if re.search(r'(warning|error):', line)]
    return [Result('clang-tidy', 'failed' if status or wrong else 'passed', '\n'.join(wrong))]


def step_sanitized():
    """Unit tests and fuzzers with address and undefined-behaviour sanitizers, built by clang."""
    built = BUILDS['sanitized'].make()
    if built.status != 'passed':
        return [built]
    folder = BUILDS['sanitized'].folder
    seeds = [*(ROOT / 'tests/fuzz/corpus').iterdir(), *(folder / 'tests/fuzz/protocol_seeds').iterdir()]
    for target in seeds:
        (folder / 'tests/fuzz' / (target.name + '_finds')).mkdir(exist_ok=True)
    return [built] + [Result('sanitized ' + name, status, detail)
                      for name, status, detail in meson_tests(folder, 'unit', 'fuzz_smoke')]


def step_threads():
    """Rings, distributor and workers under the thread sanitizer: the ring's tests, and the data plane replaying.
    `baleen`, which starts the others, is the usual one."""
    found = [BUILDS['unit']._replace(targets=['baleen']).make(), BUILDS['threads'].make()]
    if any(built.status != 'passed' for built in found):
        return found
    folder = BUILDS['threads'].folder
    shutil.copy(BUILDS['unit'].folder / 'baleen', folder)
    found += [Result('threads ' + name, status, detail) for name, status, detail in meson_tests(folder, 'threads')]
    return found + pytest(folder, 'threads ', 'tests/e2e/test_replay.py', '-k', 'pipe or second_run')


def step_ndpi():
    built = BUILDS['ndpi'].make()
    if built.status != 'passed':
        return [built]
    report = BUILDS['ndpi'].folder / 'long_tail.junit.xml'
    status, output = captured(BUILDS['ndpi'].folder / BUILDS['ndpi'].targets[0], '--gtest_output=xml:%s' % report)
    if not report.is_file():
        return [built, Result('long_tail', 'failed', output)]
    return [built] + list(from_junit(report))


def pytest(folder, prefix, *arguments):
    report = folder / 'e2e.junit.xml'
    environment = {**os.environ, 'BALEEN_BUILD': str(folder), 'PYTHONDONTWRITEBYTECODE': '1',
                   'TSAN_OPTIONS': 'exitcode=66 halt_on_error=1'}
    status, output = captured('/usr/bin/python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--junitxml', report,
                              *arguments, env=environment)
    found = [Result(prefix + name, state, detail) for name, state, detail in from_junit(report)]
    if status not in (0, 1) or not found:
        found.append(Result(prefix + 'pytest', 'failed', output))
    return found


def step_e2e():
    folder = BUILDS['unit'].folder
    with builds_ahead([name for name in wanted_steps() if name in BUILDS and name != 'unit']):
        # The Python client apart: it has the name of a module of the others.
        return pytest(folder, '', 'tests/e2e') + pytest(folder, 'python ', 'tests/python')


def step_dashboard():
    """Types, units, layout and sizes of the pages; in a browser they are tested in tests/e2e/dashboard."""
    folder = ROOT / 'src/dashboard'
    if not (folder / 'node_modules/esbuild').is_dir():
        return [Result('dashboard', 'skipped', 'tools/dashboard has not installed its packages')]
    found = []
    for name, command in (('types', ['npx', 'tsc', '--noEmit']), ('layout', ['npx', 'prettier', '--check', 'src', 'tests', '*.mjs']),
                          ('build and sizes', ['npm', 'run', '--silent', 'build'])):
        status, output = captured(*command, cwd=folder)
        found.append(Result('dashboard ' + name, 'failed' if status else 'passed', output))
    status, output = captured('node', 'tests/run.mjs', '--test-reporter=tap', cwd=folder)
    told = re.findall(r'^(not )?ok \d+ - (.*)$', output, re.MULTILINE)
    found += [Result('dashboard ' + name, 'failed' if wrong else 'passed', output) for wrong, name in told]
    if status and not any(wrong for wrong, _ in told) or not told:
        found.append(Result('dashboard units', 'failed', output))
    return found


# In this order: what fails fastest comes first.
STEPS = {'style': step_style, 'dashboard': step_dashboard, 'unit': step_unit, 'e2e': step_e2e, 'sanitized': step_sanitized,
         'threads': step_threads, 'ndpi': step_ndpi, 'lint': step_lint}


def wanted_steps():
    return os.environ.get('BALEEN_STEPS', ','.join(STEPS)).split(',')


def main():
    # What another checkout has compiled counts here too: only debug information would name its folder.
    os.environ.setdefault('CCACHE_NOHASHDIR', '1')
    results = []
    for name in wanted_steps():
        begun = time.monotonic()
        found = STEPS[name]()
        counts = collections.Counter(result.status for result in found)
        say('%-10s %4d passed %3d failed %3d skipped  %5.0f s' % (
            name, counts['passed'], counts['failed'], counts['skipped'], time.monotonic() - begun))
        for result in found:
            if result.status == 'failed':
                say('FAILED: %s\n%s' % (result.name, result.detail))
            if result.status == 'skipped':
                say('SKIPPED: %s: %s' % (result.name, result.detail.strip().splitlines()[0] if result.detail else ''))
        results += found
    counts = collections.Counter(result.status for result in results)
    say('%d passed, %d failed, %d skipped' % (counts['passed'], counts['failed'], counts['skipped']))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
