"""What the reassembler makes of captured connections is what tshark follows: tools/stream-check."""
import re
import shutil
import subprocess

import baleen
from conftest import needs

# Loss, disorder, repetition, overlaps, wraps, cut segments, half-seen connections, ports used again, damage, evasions by RST
# and FIN: each class of the tool is in one of them.
CAPTURES = (
    'arkime/no-syn-ack.pcap', 'arkime/socks5-http-302-frag.pcap', 'arkime/tcpseq_synthetic.pcap',
    'arkime/wireshark-retrans.pcap', 'ipfixprobe/rtsp.pcap', 'ipfixprobe/tls.pcap', 'mercury/quic_reordered_frames.pcap',
    'mix/tls2.pcap', 'ndpi/anyconnect-vpn.pcap', 'ndpi/fuzz-2006-06-26-2594.pcap',
    'ndpi/http_guessed_host_and_guessed.pcapng', 'ndpi/ocs.pcap', 'ndpi/reasm_segv_anon.pcapng', 'ndpi/rtsp.pcap',
    'ndpi/tls_multiple_synack_different_seq.pcapng', 'pcapplusplus/tcp-reassembly.pcap',
    'pcapplusplus/unidirectional_tcp_stream_with_missing_packet.pcap',
    'suricata-verify/bug-3286-02-linux-evasion--with_evasion_linux.pcap',
    'suricata-verify/bug-3286-03-windows-evasion--with_evasion_windows.pcap',
    'suricata-verify/firewall-tcp-session-stream-out-of-window.pcap', 'suricata-verify/security-4710-02.pcap',
    'wireshark/communityid.pcap', 'zeek/modbus/modbus-and-non-modbus-p502.pcap', 'zeek/tcp/missing-syn.pcap',
    'zeek/tunnels/gtp/gtp2_different_udp_port.pcap',
)


def test_every_stream_equals_tsharks_and_every_difference_is_of_a_class(corpus):
    needs(shutil.which('tshark'), 'needs tshark')
    tool = baleen.ROOT / 'tools/stream-check'
    checked = subprocess.run([tool, '--build', baleen.BUILD, *(corpus / name for name in CAPTURES)], capture_output=True,
                             text=True, timeout=baleen.TIMEOUT_S)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    equal, with_gaps = map(int, re.search(r'equal to tshark: (\d+), (\d+) of them with gaps', checked.stdout).groups())
    assert equal > 500 and with_gaps > 90, 'the captures hold less than they did'
    differing = sum(map(int, re.findall(r'^  [a-z-]+ +(\d+)  ', checked.stdout, re.M)))
    assert differing < 60
    classes = set(re.findall(r"^    '([a-z-]+)': '", tool.read_text(), re.M))
    assert set(re.findall(r'^  ([a-z-]+) +\d+  ', checked.stdout, re.M)) == classes, 'the tool knows other classes'
