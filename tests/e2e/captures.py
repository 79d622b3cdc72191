"""Small operations on classic pcap files, for tests that send a part of a capture here and a part there."""
import struct


def packets(path):
    """(file header, [(record header, frame)]) of a little-endian capture."""
    data = path.read_bytes()
    assert data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1'), 'a little-endian pcap file'
    found, at = [], 24
    while at + 16 <= len(data):
        length = struct.unpack_from('<I', data, at + 8)[0]
        found.append((data[at:at + 16], data[at + 16:at + 16 + length]))
        at += 16 + length
    return data[:24], found


def addresses(frame):
    """(source, destination) of an IP packet behind Ethernet and any VLAN tags, or None."""
    at = 12
    while frame[at:at + 2] in (b'\x81\x00', b'\x88\xa8'):
        at += 4
    if frame[at:at + 2] == b'\x08\x00':
        return frame[at + 14:at + 18], frame[at + 18:at + 22]
    if frame[at:at + 2] == b'\x86\xdd':
        return frame[at + 10:at + 26], frame[at + 26:at + 42]
    return None


def split_by_direction(capture, there, back):
    """As a TAP does: one file per direction. What has no direction goes `there`. Returns both counts."""
    header, found = packets(capture)
    halves = {there: [], back: []}
    for record, frame in found:
        pair = addresses(frame)
        halves[there if pair is None or pair[0] <= pair[1] else back].append(record + frame)
    for path, parts in halves.items():
        path.write_bytes(header + b''.join(parts))
    return len(halves[there]), len(halves[back])
