"""Packet by packet against tshark: tools/parse-check."""
import shutil
import subprocess

import pytest

import baleen
from conftest import needs

# Tunnels of each kind, and what is easily taken for one.
CAPTURES = (
    'arkime/gtp-u.pcap', 'arkime/ipv6-in-ipv4.pcap', 'arkime/tcpdump-geneve.pcap', 'ndpi/teredo.pcap',
    'pcapplusplus/MplsPackets.pcap', 'tcpdump/erspan-type-iii-ft-0.pcap', 'tcpdump/wccp_redirect_gre.pcap',
    'zeek/erspanI.pcap', 'zeek/erspanII.pcap', 'zeek/tunnels/6in6in6.pcap', 'zeek/tunnels/ayiya3.pcap',
    'zeek/tunnels/geneve-tagged-udp-packet.pcap', 'zeek/tunnels/gre-within-gre.pcap',
    'zeek/tunnels/gtp/gtp_ext_header.pcap', 'zeek/tunnels/vxlan-triple-v2.pcap', 'zeek/pbb.pcap',
    'pcapplusplus/ip4_fragments.pcap', 'zeek/ipv6-fragmented-dns.pcap',
)


def parse_check(*captures):
    needs(shutil.which('tshark'), 'needs tshark')
    return subprocess.run([baleen.ROOT / 'tools/parse-check', '--build', baleen.BUILD, *captures], capture_output=True,
                          text=True, timeout=baleen.TIMEOUT_S)


@pytest.fixture
def golden(tmp_path):
    capture = tmp_path / 'golden.pcap'
    names = subprocess.run([baleen.BUILD / 'tests/support/write_golden', capture], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    return capture, names


def test_agrees_on_every_encapsulation(golden):
    capture, names = golden
    checked = parse_check(capture)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert '%d packets of 1 captures compared' % len(names) in checked.stdout


def test_agrees_on_the_sample():
    checked = parse_check(baleen.SAMPLE)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_agrees_on_captured_tunnels(corpus):
    checked = parse_check(*(corpus / name for name in CAPTURES))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_sees_a_difference(golden, tmp_path):
    """One address of what Baleen says is changed."""
    capture, names = golden
    fake = tmp_path / 'baleen'
    fake.write_text('#!/bin/sh\n"%s/baleen" "$@" | sed "%ds/10.0.0.2/10.0.0.3/"\n' %
                    (baleen.BUILD, names.index('vxlan') + 1))
    fake.chmod(0o755)
    checked = subprocess.run([baleen.ROOT / 'tools/parse-check', '--build', tmp_path, capture], capture_output=True,
                             text=True, timeout=baleen.TIMEOUT_S)
    assert checked.returncode == 1
    assert '1 differ in outer_dst' in checked.stdout


@pytest.mark.parametrize('field', ['ip', 'tcp', 'udp'])
def test_the_golden_packets_have_right_checksums(golden, field):
    capture, _ = golden
    needs(shutil.which('tshark'), 'needs tshark')
    wrong = subprocess.run(['tshark', '-n', '-r', capture, '-o', field + '.check_checksum:TRUE', '-Y',
                            field + '.checksum.status == 0', '-T', 'fields', '-e', 'frame.number'],
                           capture_output=True, text=True, check=True)
    assert wrong.stdout == ''
