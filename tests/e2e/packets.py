"""Captures made packet by packet: Ethernet, IPv4, TCP and UDP as small as they can be, checksums left at zero."""
import socket
import struct

SYN, RST, PSH, ACK, FIN = 2, 4, 8, 16, 1
CLIENT, SERVER = '10.0.0.1', '192.0.2.1'
START_NS = 1_700_000_000 * 10**9


def ipv4(source, destination, protocol, payload):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton(destination))
    return bytes(12) + b'\x08\x00' + header + payload


class Writer:
    """A capture in nanoseconds; each packet is one microsecond behind the one before."""

    def __init__(self):
        self.records = []

    def add(self, frame):
        time_ns = START_NS + 1000 * len(self.records)
        self.records.append(struct.pack('<4I', time_ns // 10**9, time_ns % 10**9, len(frame), len(frame)) + frame)

    def save(self, path):
        path.write_bytes(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 1) + b''.join(self.records))
        return path


class Udp:
    def __init__(self, writer, port, server_port=9999):
        self.writer, self.ports = writer, (port, server_port)

    def send(self, payload):
        self.writer.add(ipv4(CLIENT, SERVER, 17, struct.pack('>4H', *self.ports, 8 + len(payload), 0) + payload))


class Tcp:
    """One connection. Offsets count payload bytes of a direction from 0; the handshake has been sent."""

    def __init__(self, writer, port, server_port=80, isn=1000, server_isn=5000, handshake=True):
        self.writer, self.ports, self.isns = writer, (port, server_port), (isn, server_isn)
        self.reached = [0, 0]  # payload bytes sent so far, by direction
        if handshake:
            self.segment(0, SYN, -1, acknowledged=None)
            self.segment(1, SYN | ACK, -1)
            self.segment(0, ACK, 0)

    def segment(self, side, flags, offset, payload=b'', acknowledged=0):
        """`acknowledged`: up to this offset of the other side."""
        sequence = (self.isns[side] + 1 + offset) & 0xffffffff
        other = 0 if acknowledged is None else (self.isns[1 - side] + 1 + acknowledged) & 0xffffffff
        ports = self.ports if side == 0 else self.ports[::-1]
        header = struct.pack('>HHIIBBHHH', *ports, sequence, other, 0x50, flags, 65535, 0, 0)
        ends = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
        self.writer.add(ipv4(*ends, 6, header + payload))
        self.reached[side] = max(self.reached[side], offset + len(payload))

    def send(self, payload, offset=None, side=0):
        """At `offset`, or behind what was sent before."""
        self.segment(side, PSH | ACK, self.reached[side] if offset is None else offset, payload,
                     acknowledged=self.reached[1 - side])

    def acknowledge(self, offset=None, side=1):
        self.segment(side, ACK, self.reached[side], acknowledged=self.reached[1 - side] if offset is None else offset)

    def finish(self):
        self.segment(0, FIN | ACK, self.reached[0], acknowledged=self.reached[1])
        self.segment(1, FIN | ACK, self.reached[1], acknowledged=self.reached[0] + 1)
