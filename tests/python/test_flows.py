"""flows() on a store and on captures, without a server."""
import os
import pathlib

import pytest

import baleen
from conftest import SAMPLE, tshark_fields


def test_a_capture_and_its_store_have_the_same_flows(store):
    of_capture, of_store = list(baleen.flows(SAMPLE)), list(baleen.flows(store))
    assert len(of_capture) == len(of_store) > 50
    assert {flow.flow_id: flow.raw for flow in of_capture} == {flow.flow_id: flow.raw for flow in of_store}


def test_packets_over_all_flows_are_those_that_tshark_counts(store):
    rows = tshark_fields(SAMPLE, 'frame.len', display_filter='ip || ipv6')
    found = list(baleen.flows(store))
    assert sum(flow.packets for flow in found) == len(rows)
    assert sum(flow.bytes for flow in found) == sum(int(length) for length, in rows)
    for flow in found:
        assert flow.packets == flow.packets_to_server + flow.packets_to_client
        assert flow.duration * 1e9 == pytest.approx(flow.end_ns - flow.start_ns)
        assert flow.time_ns // 1000 == flow.end_ns // 1000


def test_names_asked_for_are_tsharks(store):
    names = {flow['tls.sni'] for flow in baleen.flows(store, 'tls.sni')}
    assert names == {name for name, in tshark_fields(SAMPLE, 'tls.handshake.extensions_server_name') if name}
    assert all(flow.app_proto == 'tls' for flow in baleen.flows(store, 'tls'))
    flow = next(iter(baleen.flows(store, 'icmp')))
    assert 'tls.sni' not in flow and flow.get('tls.sni', '-') == '-' and flow.src_port is None
    with pytest.raises(KeyError):
        flow['tls.sni']


def test_filters_sorts_and_stops(store):
    largest = list(baleen.flows(store, 'tcp', sort='-bytes', limit=5))
    sizes = sorted((flow.bytes for flow in baleen.flows(store) if flow.proto == 'TCP'), reverse=True)
    assert [flow.bytes for flow in largest] == sizes[:5]


def test_can_be_asked_again_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    monkeypatch.setattr('tempfile.tempdir', None)
    with baleen.flows(SAMPLE, 'udp') as udp:
        assert len(list(udp)) == len(list(udp)) > 10
        folder = pathlib.Path(udp.store)
        assert folder.is_dir() and folder.parent == tmp_path
    assert os.listdir(tmp_path) == []
    assert len(list(baleen.flows(SAMPLE, 'udp', limit=1))) == 1
    assert os.listdir(tmp_path) == []  # gone with the object


def test_captures_take_rules_and_filters(tmp_path):
    rules = tmp_path / 'ssh.rules'
    rules.write_text('alert tcp any any -> any any (msg:"ssh"; content:"SSH-2.0"; sid:7; rev:1;)\n')
    hit = list(baleen.flows(SAMPLE, 'alerted', rules=[rules]))
    assert hit and {flow.dest_port for flow in hit} == {22}
    assert {flow.dest_port for flow in baleen.flows(SAMPLE, bpf_filter='tcp port 22')} == {22}


def test_errors_are_those_of_the_program(store, tmp_path):
    with pytest.raises(baleen.FilterError) as caught:
        list(baleen.flows(store, 'ip.addr == 10.0.0.1 && tcp.prt == 3'))
    assert caught.value.offset == 23
    with pytest.raises(baleen.ProgramError):
        list(baleen.flows(tmp_path / 'absent.pcap'))
    with pytest.raises(baleen.ProgramError, match='no.such'):
        list(baleen.flows(SAMPLE, settings=['no.such=1']))
    with pytest.raises(ValueError, match='is a store'):
        baleen.flows(store, bpf_filter='tcp')


def test_a_filter_is_no_option(store):
    with pytest.raises(baleen.FilterError):
        list(baleen.flows(store, '--data'))
