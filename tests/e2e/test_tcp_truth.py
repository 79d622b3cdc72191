"""What is told of TCP, on captured connections: tools/tcp-check, and Zeek's own published logs."""
import re
import shutil
import subprocess

import pytest

import baleen
from conftest import needs

DOCUMENT = baleen.ROOT / 'docs/tcp-metrics.md'

# Loss, disorder, repetition, keep-alives, closed windows, resets, half-seen and simultaneous handshakes, VLANs, tunnels,
# fragments, damage: each class of the document is in one of them.
CAPTURES = (
    'arkime/arkime_synthetic.pcap', 'arkime/no-syn-ack.pcap', 'arkime/socks5-http-302-frag.pcap',
    'arkime/tcp_handshake_synthetic.pcap', 'arkime/tcpseq_synthetic.pcap', 'arkime/wireshark-retrans.pcap',
    'ipfixprobe/rtsp.pcap', 'ipfixprobe/tls.pcap', 'iot-sentinel/MAXGateway-Setup-A-9-STA.pcap',
    'mercury/imap2.pcap', 'mix/iot-home.pcap', 'mix/many-protocols.pcap', 'ndpi/citrix.pcap', 'ndpi/edonkey.pcap',
    'ndpi/fix2.pcap', 'ndpi/fuzz-2006-06-26-2594.pcap', 'ndpi/ocs.pcap', 'ndpi/reasm_segv_anon.pcapng',
    'ndpi/rtsp.pcap', 'ndpi/tls_multiple_synack_different_seq.pcapng', 'ndpi/weibo.pcap',
    'pcapplusplus/CiscoHDLC.pcap', 'suricata-verify/bug-3286-02-linux-evasion--with_evasion_linux.pcap',
    'suricata-verify/bug-3286-03-windows-evasion--with_evasion_windows.pcap',
    'suricata-verify/drop-protocol-change.pcap', 'suricata-verify/pgsql-bug-6080-probe-test-01.pcap',
    'tcpdump/kday4.pcap', 'zeek/pop3/pop3.pcap', 'zeek/ssh/ssh.client-side-half-duplex.pcap', 'zeek/tunnels/ayiya3.pcap',
    'zeek/tunnels/gtp/gtp2_different_udp_port.pcap', 'zeek/vlan-collisions.pcap',
)


def documented_classes():
    """Rows of the document's two tables: | `class` | ... |"""
    return set(re.findall(r'^\| `([a-z-]+)` \|', DOCUMENT.read_text().split('## Checked against tshark')[1], re.M))


def test_every_figure_equals_the_model_and_every_difference_to_tshark_is_of_a_class(corpus):
    needs(shutil.which('tshark'), 'needs tshark')
    checked = subprocess.run([baleen.ROOT / 'tools/tcp-check', '--build', baleen.BUILD,
                              *(corpus / name for name in CAPTURES)], capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    seen = set(re.findall(r'^  (?:not compared: )?([a-z-]+) +\d+$', checked.stdout, re.M))
    assert seen == documented_classes(), 'the document knows other classes'


# (initiator's port, responder's port, state, history, packets each way) as Zeek's own tests have them: conn.log of
# testing/btest/Baseline/TEST in zeek/zeek.
ZEEK = {
    'zeek/ftp/ipv6.pcap': [  # scripts.base.protocols.ftp.ftp-ipv6
        (49185, 21, 'SF', 'ShAdDfFa', 57, 34), (49186, 57086, 'SF', 'ShAdfFa', 5, 4), (49187, 57087, 'SF', 'ShAdfFa', 5, 4),
        (49188, 57088, 'SF', 'ShAdfFa', 5, 4), (55647, 49190, 'SF', 'ShADFaf', 5, 4), (55785, 49189, 'SF', 'ShADFaf', 5, 4)],
    'zeek/tcp/missing-syn.pcap': [(56730, 80, 'SF', '^hADdFaf', 11, 10)],  # core.tcp.missing-syn
    'zeek/pop3/pop3.pcap': [  # scripts.base.protocols.pop3.basic
        *[(26242, 110, 'REJ', 'Sr', 1, 1)] * 3, *[(26245, 110, 'REJ', 'Sr', 1, 1)] * 3, (26272, 110, 'SF', 'ShAdDafF', 6, 6),
        (26284, 110, 'SF', 'ShAdDafF', 9, 9), (26304, 110, 'SF', 'ShAdDafF', 6, 6), (26308, 110, 'SF', 'ShAdDafF', 9, 10),
        (26383, 110, 'SF', 'ShAdDafF', 22, 30)],
    'zeek/modbus/modbus-and-non-modbus-p502.pcap': [  # scripts.base.protocols.modbus.modbus_and_non_modbus_on_port_502
        (3082, 502, 'SF', 'ShADdFaf', 16, 9), (7488, 502, 'SF', 'ShADadFf', 6, 4), (33752, 502, 'SF', 'ShADadFf', 6, 4),
        (38129, 502, 'SF', 'ShADadFf', 6, 4), (58380, 502, 'SF', 'ShADadFf', 9, 7), (60175, 502, 'SF', 'ShADadFf', 6, 4),
        (60293, 502, 'RSTO', 'ShR', 2, 1), (60293, 502, 'RSTRH', 'Dr', 1, 1)],
    'zeek/pop3/redis-50-pings.pcap': [(59954, 6379, 'SF', 'ShADadfF', 58, 58)],  # scripts.base.protocols.pop3.redis
    'zeek/ftp/ftp-auth-tls.pcap': [(40284, 21, 'RSTR', 'ShAdDafr', 40, 44)],  # scripts.base.protocols.ftp.ftp-auth-tls
}


@pytest.mark.parametrize('name', ZEEK)
def test_state_and_history_are_those_of_zeek(name, corpus, tmp_path):
    told = baleen.run(tmp_path, '-r', corpus / name).flows()
    connections = sorted((flow['src_port'], flow['dest_port'], flow['tcp']['conn_state'], flow['tcp']['history'],
                          flow['flow']['pkts_toserver'], flow['flow']['pkts_toclient'])
                         for flow in told if flow['proto'] == 'TCP' and flow['flow']['part'] == 0)
    assert connections == sorted(ZEEK[name])
