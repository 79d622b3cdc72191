"""What packets say: `baleen read -v`, -Y and -e, beside tshark's fields of the same packets."""
import collections
import json
import subprocess

import pytest

import baleen


def rows(capture, *arguments):
    done = baleen.command('read', '-r', capture, *arguments)
    assert done.returncode == 0, done.stderr
    return [line.split('\t') for line in done.stdout.splitlines()]


def fields_of(capture, filter_text, *fields):
    return rows(capture, *(['-Y', filter_text] if filter_text else []), *[word for field in fields for word in ('-e', field)])


def tshark(capture, filter_text, *fields):
    options = [word for field in fields for word in ('-e', field)]
    listed = subprocess.run(['tshark', '-n', '-r', capture, *(['-Y', filter_text] if filter_text else []), '-T', 'fields', *options],
                            capture_output=True, text=True, check=True)
    return [line.split('\t') for line in listed.stdout.splitlines()]


def test_fields_of_headers_are_tsharks():
    ours = fields_of(baleen.SAMPLE, '', 'frame.number', 'frame.len', 'frame.cap_len', 'ip.src', 'tcp.srcport', 'tcp.dstport')
    theirs = tshark(baleen.SAMPLE, '', 'frame.number', 'frame.len', 'frame.cap_len')
    assert [row[:3] for row in ours] == theirs
    tcp = tshark(baleen.SAMPLE, 'tcp and not icmp', 'frame.number', 'tcp.srcport', 'tcp.dstport')
    by_number = {row[0]: row for row in ours}
    assert len(tcp) > 100
    for number, src, dst in tcp:
        assert by_number[number][4:] == [src, dst]


@pytest.mark.parametrize('capture, name, ours, theirs', [
    ('mix/1kxun.pcap', 'dns', 'dns.queries.rrname', 'dns.qry.name'),
    ('mix/1kxun.pcap', 'http', 'http.http_method', 'http.request.method'),
    ('mix/tls2.pcap', 'tls', 'tls.sni', 'tls.handshake.extensions_server_name'),
    ('mix/iot-home.pcap', 'dns', 'dns.queries.rrname', 'dns.qry.name'),
])
def test_values_are_those_that_tshark_finds(corpus, capture, name, ours, theirs):
    # SSDP speaks HTTP, and tshark calls it so; mDNS and LLMNR speak DNS.
    filter_text = ours + ' && app_proto == http' if name == 'http' else ours
    found = collections.Counter(value for row in fields_of(corpus / capture, filter_text, ours) for value in row[0].split(','))
    wanted = theirs + ' and not ssdp' if name == 'http' else theirs
    expected = collections.Counter(value for row in tshark(corpus / capture, wanted, theirs) for value in row[0].split(','))
    assert sum(expected.values()) > 10
    # Where segments are lost or come twice, one of the two may see a message that the other does not.
    differing = sum(((found - expected) + (expected - found)).values())
    assert differing <= 0.02 * sum(expected.values()), (found - expected, expected - found)


def test_a_packet_has_what_it_completes_below_it(corpus):
    lines = baleen.command('read', '-v', '-r', corpus / 'mix/1kxun.pcap').stdout.splitlines()
    packets = [line for line in lines if not line.startswith(('    ', 'end of '))]
    messages = [line.split()[0] for line in lines if line.startswith('    ')]
    assert len(packets) == len(rows(corpus / 'mix/1kxun.pcap'))
    assert {'dns', 'http', 'ssdp', 'dhcp'} <= set(messages)
    where = next(i for i, line in enumerate(lines) if line.startswith('    dns'))
    assert ' UDP ' in lines[where - 1] and ':53 ' in lines[where - 1] + ' '


def test_what_is_not_ip_has_neither_addresses_nor_ports():
    arp = [row for row in fields_of(baleen.SAMPLE, '!ip && !ipv6', 'frame.number', 'ip.addr', 'ip.proto', 'port', 'flow.id')]
    assert arp and all(row[1:] == [''] * 4 for row in arp)
    assert [row[0] for row in arp] == [row[0] for row in tshark(baleen.SAMPLE, '!ip && !ipv6', 'frame.number')]


def test_a_filter_goes_by_what_was_said(corpus):
    shown = fields_of(corpus / 'mix/1kxun.pcap', 'http.status == 200 && ip.src != 10.0.0.0/8', 'frame.number', 'http.status')
    assert shown and all(status == '200' for _, status in shown)
    numbers = [int(number) for number, _ in shown]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize('arguments, sentence', [
    (['-e', 'tls.snx'], '-e tls.snx: packets have no such field; did you mean tls.sni?'),
    (['-Y', 'tls.snx'], "unknown field 'tls.snx'; did you mean 'tls.sni'?"),
    (['-Y', 'flow.bytes > 3'], "'flow.bytes' is a field of flows, not of packets"),
    (['-Y', 'frame.len >'], 'frame.len >'),
    (['-v', '--json'], '--json'),
])
def test_what_is_no_field_is_refused_with_one_sentence(arguments, sentence):
    done = baleen.command('read', '-r', baleen.SAMPLE, *arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert done.stdout == ''


def test_json_has_the_line_and_the_fields_that_were_asked_for():
    names = ('dns.rrname', 'ip.addr', 'tcp.dstport', 'frame.time', 'dns.answers.rdata')
    options = [word for name in names for word in ('-e', name)]
    done = baleen.command('read', '--json', '-r', baleen.SAMPLE, *options)
    assert done.returncode == 0, done.stderr
    packets = [each for each in map(json.loads, done.stdout.splitlines()) if each['event_type'] == 'packet']
    lines = baleen.command('read', '-r', baleen.SAMPLE).stdout.splitlines()
    assert [each['summary'] for each in packets] == [line.split(' ', 2)[2] for line in lines]
    flat = [row for row in fields_of(baleen.SAMPLE, '', 'frame.number', *names) if row[0]]
    assert len(flat) == len(packets) > 500
    for packet, (number, *row) in zip(packets, flat):
        assert packet['number'] == int(number)
        fields = packet['fields']
        assert [','.join(map(str, fields.get(name, ()))) for name in names if name != 'frame.time'] == row[:3] + row[4:]
        assert '%d.%09d' % divmod(fields['frame.time'][0], 10**9) == row[3]
        assert all(isinstance(value, int) for value in fields.get('tcp.dstport', ()))
    assert sum('dns.rrname' in packet['fields'] for packet in packets) > 20


def test_what_flows_said_at_their_end_is_json_of_its_own():
    packets = [json.loads(line) for line in
               baleen.command('read', '--json', '-r', baleen.SAMPLE, '-e', 'app_proto', '-e', 'ssh.client.software_version').stdout.splitlines()]
    kinds = collections.Counter(each['event_type'] for each in packets)
    assert set(kinds) <= {'packet', 'flow_end'} and all('fields' in each for each in packets)
