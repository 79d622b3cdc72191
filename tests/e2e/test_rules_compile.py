"""Compiling rules as people do: own ones, real sets, bare patterns; what is wrong, and the cache."""
import json

import pytest

import baleen
from conftest import needs

# What of each real set the test compiles: about a second's worth. None: all of it.
SUBSETS = {'et-open': ('emerging-scan.rules', 'emerging-ftp.rules', 'emerging-scada.rules', 'emerging-shellcode.rules'),
           'snort3-community': None}
PATTERNS = {'et-literals.txt': None, 'snort3-literals.txt': None, 'et-pcres.txt': 60, 'snort3-pcres.txt': 60, 'crs-rx.txt': 20}


@pytest.fixture
def rules_folder(corpus):
    folder = corpus.parent / 'rules'
    needs((folder / 'patterns').is_dir(), 'no folder rules with patterns, et-open and snort3-community beside BALEEN_CORPUS')
    return folder


def compiled(files, *arguments, status=0):
    done = baleen.command('rules', 'compile', '--json', *arguments, *files)
    assert done.returncode == status, done.stderr + done.stdout[:2000]
    return json.loads(done.stdout)


def check_report(report):
    assert report['dropped'] == []
    assert report['rules'] == sum(report['patterns'].values())
    assert sum(group['ports'] for group in report['groups'] if group['protocol'] == 'tcp') == 2 * 65536
    assert {group['protocol'] for group in report['groups']} == {'tcp', 'udp', 'icmp', 'other'}
    used = {group[kind] for group in report['groups'] for kind in ('packet_database', 'stream_database')} - {None}
    assert used == set(range(len(report['databases'])))
    assert report['image_bytes'] > sum(database['bytes'] for database in report['databases']) / 2
    assert report['scratch_bytes'] > 0


def test_writes_the_same_image_twice_and_out_of_the_cache(tmp_path):
    file = tmp_path / 'a.rules'
    file.write_text('alert tcp any any -> any 80 (content:"evil"; sid:1;)\n'
                    'alert udp any any -> any 53 (pcre:"/^.{12}[a-z]+x/"; sid:2;)\n')
    images, cached = [], []
    for name, options in (('1', ()), ('2', ('--cache', tmp_path / 'cache')), ('3', ('--cache', tmp_path / 'cache'))):
        cached.append(compiled([file], '-o', tmp_path / name, *options)['cached'])
        images.append((tmp_path / name).read_bytes())
    assert cached == [False, False, True]
    assert images[0] == images[1] == images[2]
    assert images[0].startswith(b'BLRULES1')
    entry, = (tmp_path / 'cache').iterdir()
    entry.write_bytes(entry.read_bytes()[:-1])
    done = baleen.command('rules', 'compile', '--cache', tmp_path / 'cache', '-o', tmp_path / '4', file)
    assert done.returncode == 0
    assert done.stderr == '%s is not used: it has a wrong size\n' % entry
    assert (tmp_path / '4').read_bytes() == images[0]


def test_names_file_and_line_of_what_cannot_be_compiled(tmp_path):
    file = tmp_path / 'a.rules'
    file.write_text('alert udp any any -> any any (content:"evil"; sid:1;)\n'
                    'alert udp any any -> any any (pcre:"/a(b/"; sid:2;)\n'
                    'alert udp any any -> any any (content:"a; sid:3;)\n')
    expected = ['%s:3: a quote is not closed' % file,
                '%s:2: rule 1:2: the expression /a(b/ is not valid (PCRE2: missing closing parenthesis at 3; '
                'Hyperscan: Missing close parenthesis for group started at index 1)' % file]
    checked = baleen.command('rules', 'check', '--compile', file)
    assert checked.returncode == 1
    assert checked.stderr.splitlines() == expected
    assert checked.stdout.splitlines() == ['3 rules: 2 valid, 1 invalid, 0 that cannot be expressed',
                                           '1 rules compiled, 1 dropped, 0 expensive']
    report = compiled([file], '-o', tmp_path / 'image', status=1)
    assert (report['problems'], report['dropped'], report['rules']) == (expected[:1], expected[1:], 1)
    assert (tmp_path / 'image').stat().st_size == report['image_bytes']


def test_refuses_what_has_no_image(tmp_path):
    empty = tmp_path / 'a.rules'
    empty.write_text('# nothing\n')
    done = baleen.command('rules', 'compile', empty, '-o', tmp_path / 'image')
    assert (done.returncode, done.stderr) == (1, 'baleen: there are no rules to compile\n')
    many = tmp_path / 'many.rules'
    many.write_text(''.join('alert udp any any -> any any (content:"word %d"; sid:%d;)\n' % (i, i) for i in range(1, 20001)))
    done = baleen.command('rules', 'compile', many, '--memory', 1, '-o', tmp_path / 'image')
    assert done.returncode == 1
    assert done.stderr.startswith('baleen: the rules need more than ') and 'the budget is 1.0 MiB' in done.stderr
    assert not (tmp_path / 'image').exists()


@pytest.mark.parametrize('name', SUBSETS)
def test_real_rules_compile_without_loss(rules_folder, name):
    files = [rules_folder / name / part for part in SUBSETS[name] or ()] or sorted((rules_folder / name).glob('*.rules'))
    report = compiled(files, '--classes', 2)
    check_report(report)
    imported = json.loads(baleen.command('rules', 'import', '--json', *files).stdout)
    assert report['rules'] == imported['exact']
    # Nearly every rule that looks at payload has bytes that stand for it.
    counts = report['patterns']
    assert counts['without'] + counts['regex'] + counts['prefilter'] <= 0.02 * report['rules']


@pytest.mark.parametrize('name', PATTERNS)
def test_bare_patterns_compile(rules_folder, tmp_path, name):
    lines = (rules_folder / 'patterns' / name).read_bytes().splitlines(keepends=True)[:PATTERNS[name]]
    file = tmp_path / name
    file.write_bytes(b''.join(lines))
    report = compiled([file], '--patterns')
    check_report(report)
    assert report['rules'] == len(lines)
    if 'literals' in name:
        assert report['patterns']['direct'] == len(lines)
        assert {database['patterns'] for database in report['databases']} == {len(lines)}
