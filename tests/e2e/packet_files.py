"""Reads the packets of capture files, classic and pcapng, compressed or not: an opinion of its own on their format."""
import struct
import subprocess
from collections import namedtuple

Packet = namedtuple('Packet', 'time_ns wire_length link data comment')

SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0a0d0d0a, 1, 3, 6


def contents(path):
    if path.suffix in ('.zst', '.lz4'):
        tool = 'zstd' if path.suffix == '.zst' else 'lz4'
        return subprocess.run([tool, '-dc', path], check=True, capture_output=True).stdout
    return path.read_bytes()


def options(data, order):
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + 'HH', data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def pcapng(data):
    at, order, interfaces = 0, '<', []
    while at < len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order, interfaces = ('<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'), []
        kind, length = struct.unpack_from(order + 'II', data, at)
        assert length >= 12 and length % 4 == 0, (at, length)
        assert struct.unpack_from(order + 'I', data, at + length - 4)[0] == length, at
        body = data[at + 8:at + length - 4]
        if kind == INTERFACE:
            link = struct.unpack_from(order + 'H', body)[0]
            found = dict(options(body[8:], order))
            exponent = found.get(9, b'\x06')[0]
            units = 2 ** (exponent & 127) if exponent & 128 else 10 ** exponent
            interfaces.append((link, units, struct.unpack(order + 'q', found[14])[0] if 14 in found else 0))
        elif kind == ENHANCED:
            number, high, low, captured, wire = struct.unpack_from(order + '5I', body)
            link, units, offset = interfaces[number]
            rest = dict(options(body[20 + (captured + 3) // 4 * 4:], order))
            time_ns = (high << 32 | low) * 10**9 // units + offset * 10**9
            yield Packet(time_ns, wire, link, body[20:20 + captured], rest.get(1, b'').decode())
        at += length


def pcap(data):
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    unit = 1000 if struct.unpack_from(order + 'I', data)[0] == 0xa1b2c3d4 else 1
    link, at = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff, 24
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack_from(order + '4I', data, at)
        yield Packet(seconds * 10**9 + fraction * unit, max(wire, captured), link, data[at + 16:at + 16 + captured], '')
        at += 16 + captured


def packets(path):
    data = contents(path)
    return list(pcapng(data) if data[:4] == b'\x0a\x0d\x0d\x0a' else pcap(data))


def written(folder):
    """All packets in a folder, file by file, without their comments."""
    return [packet._replace(comment='') for file in files(folder) for packet in packets(file)]


def files(folder):
    return sorted(file for file in folder.iterdir() if file.suffix in ('.pcap', '.pcapng', '.zst', '.lz4'))
