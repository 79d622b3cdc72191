"""Rules: the ones that come with Baleen, and the import of two real sets beside a count made another way."""
import json
import re

import pytest

import baleen
from conftest import needs

DOCS = baleen.ROOT / 'docs/rules.md'

# Options that ask for nothing but payload, headers and the state of a flow, as the engines' manuals list them.
PAYLOAD = {'content', 'pcre', 'byte_test', 'byte_jump', 'byte_extract', 'isdataat', 'nocase', 'depth', 'offset', 'distance',
           'within', 'startswith', 'endswith', 'fast_pattern', 'rawbytes', 'pkt_data', 'raw_data'}
HEADERS = {'flow', 'dsize', 'itype', 'icode', 'icmp_id', 'icmp_seq', 'ttl', 'tos', 'id', 'ip_proto', 'flags', 'fragbits',
           'fragoffset', 'window', 'seq', 'ack', 'sameip', 'ipopts'}
REMARKS = {'msg', 'sid', 'rev', 'gid', 'classtype', 'reference', 'metadata', 'priority', 'target', 'threshold',
           'detection_filter', 'tag'}
TRANSPORTS = {'tcp', 'udp', 'icmp', 'ip', 'tcp-pkt', 'tcp-stream'}


@pytest.fixture
def rule_files(corpus):
    folder = corpus.parent / 'rules'
    sets = {'et-open': sorted((folder / 'et-open').glob('*.rules')),
            'snort3-community': sorted((folder / 'snort3-community').glob('*.rules'))}
    needs(all(sets.values()), 'no folder rules with et-open and snort3-community beside BALEEN_CORPUS')
    return sets


def imported(files, *arguments):
    done = baleen.command('rules', 'import', '--json', *arguments, *files)
    assert done.returncode == 0, done.stderr + done.stdout[:2000]
    return json.loads(done.stdout)


def active_rules(files):
    for file in files:
        for line in file.read_bytes().decode('latin-1').splitlines():
            if re.match(r'(alert|drop|pass|reject|log)\b', line):
                yield line


def is_payload_only(rule):
    """By regular expressions over the text: quoted parts blanked, then the words before : and ;."""
    flags = re.findall(r'pcre:\s*!?\s*"/.*?(?<!\\)/(\w*)"\s*;', rule)
    if any(set(found) - set('ismxAEGRBO') for found in flags):
        return False
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '', re.sub(r'pcre:\s*!?\s*".*?"\s*;', 'pcre:;', rule))
    bare = bare.replace(r'\;', '')
    header, options = bare.split('(', 1)
    names = {option.split(':')[0].strip() for option in options.rsplit(')', 1)[0].split(';')} - {''}
    return header.split()[1] in TRANSPORTS and not names - PAYLOAD - HEADERS - REMARKS and ',dce' not in options


def documented_shares():
    """Rows of the table of docs/rules.md: set, rules, exact, prefilter, payload only."""
    rows = re.findall(r'^\| `([\w-]+)` \| ([\d,]+) \| ([\d,]+) \([\d.]+ %\) \| ([\d,]+) \| ([\d,]+) \|', DOCS.read_text(), re.M)
    return {row[0]: tuple(int(number.replace(',', '')) for number in row[1:]) for row in rows}


def test_own_rules_are_valid():
    files = sorted((baleen.ROOT / 'configs/rules').glob('*.toml'))
    checked = baleen.command('rules', 'check', *files)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stderr == ''
    count = sum(file.read_text().count('[[rule]]') for file in files)
    assert checked.stdout == '%d rules: %d valid, 0 invalid, 0 that cannot be expressed\n' % (count, count)


def test_check_names_every_problem_and_place(tmp_path):
    native = tmp_path / 'a.toml'
    native.write_text('[[rule]]\nid = 1\nname = "n"\nliteral = ["a"]\n[[rule]]\nid = 2\nname = "n"\npattern = "a"\n')
    other = tmp_path / 'b.rules'
    other.write_text('alert tcp any any -> any any (content:"a; sid:3;)\nalert tcp any any -> any any (sid:2;)\n')
    checked = baleen.command('rules', 'check', native, other)
    assert checked.returncode == 1
    assert checked.stderr.splitlines() == [
        "%s:4:1: unknown key 'literal'; did you mean 'literals'?" % native,
        "%s:1:1: it has neither 'pattern' nor 'literals'" % native,
        '%s:1: a quote is not closed' % other,
        '%s:2: rule 1:2 is already defined at %s:5' % (other, native)]
    assert checked.stdout == '4 rules: 1 valid, 3 invalid, 0 that cannot be expressed\n'


def test_usage_errors():
    for arguments in ((), ('check',), ('import', 'x', '--dialect', 'zeek'), ('import', 'x', '--var', 'HOME_NET')):
        assert baleen.command('rules', *arguments).returncode == 2, arguments
    assert baleen.command('rules', 'check', '/nowhere.rules').returncode == 1


def test_lists_rules_behind_each_keyword(tmp_path):
    file = tmp_path / 'a.rules'
    file.write_text('alert http any any -> any any (http.uri; content:"a"; sid:3;)\n'
                    'alert tcp any any -> any any (content:"a"; flowbits:isset,x; sid:4;)\n')
    report = imported([file], '--list')
    assert {item['keyword']: (item['rules'], item['alone'], item['ids']) for item in report['keywords']} == {
        'flowbits': (1, 1, ['1:4']), 'http.uri': (1, 0, ['1:3']), 'protocol http': (1, 0, ['1:3'])}
    text = baleen.command('rules', 'import', '--list', file).stdout
    assert re.search(r'^ +1 +1  flowbits\n +1:4$', text, re.M)


@pytest.mark.parametrize('name', ('et-open', 'snort3-community'))
def test_real_sets_load_as_documented(rule_files, name):
    report = imported(rule_files[name])
    weaker = imported(rule_files[name], '--prefilter')
    rules, exact, prefilter, payload_only = documented_shares()[name]
    assert (report['rules'], report['exact'], weaker['prefilter'], report['payload_only']) == (
        rules, exact, prefilter, payload_only)
    assert report['invalid'] == 0 and report['problems'] == []
    assert report['rules'] == report['exact'] + report['refused']


@pytest.mark.parametrize('name', ('et-open', 'snort3-community'))
def test_payload_only_rules_load_completely(rule_files, name):
    report = imported(rule_files[name], '--list')
    rules = list(active_rules(rule_files[name]))
    ids = [(int((re.search(r'[;( ]gid:\s*(\d+)', rule) or [0, 1])[1]), int(re.search(r'[;( ]sid:\s*(\d+)', rule)[1]))
           for rule in rules]
    payload_only = {key for key, rule in zip(ids, rules) if is_payload_only(rule)}
    refused = {tuple(map(int, word.split(':'))) for item in report['keywords'] for word in item['ids']}
    assert report['rules'] == len(rules)
    assert report['payload_only'] == report['payload_only_exact'] == len(payload_only)
    assert not payload_only & refused
    # Besides, those that would be if they did not leave something for other rules.
    only_write = {key for key, rule in zip(ids, rules)
                  if is_payload_only(re.sub(r'flowbits:\s*(set|unset|toggle)\s*,[^;]*;', '', rule))}
    assert not only_write & refused
    assert only_write | refused == set(ids)
    assert report['exact'] == len(only_write)


def test_what_rules_cost_is_told_by_group_and_by_rule(tmp_path):
    rules = tmp_path / 'rules.toml'
    rules.write_text('[[rule]]\nid = 1\nname = "a request"\nprotocol = "tcp"\ndst_port = 80\nliterals = ["GET ", "HTTP/1."]\n')
    profiled = baleen.command('rules', 'profile', '-r', baleen.SAMPLE, rules, '--json')
    assert profiled.returncode == 0, profiled.stderr
    told = json.loads(profiled.stdout)
    assert sum(group['scan_ticks'] for group in told['groups']) > 0
    assert sum(group['stream_bytes'] for group in told['groups']) > 0
    assert [rule['id'] for rule in told['rules']] in ([1], [])
    assert 'to_server' in baleen.command('rules', 'profile', '-r', baleen.SAMPLE, rules).stdout
