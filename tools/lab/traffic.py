"""The packets that are sent: the sample capture as an Ethernet card sends it, whole and in two halves, and packets for
a wire that is cut."""
import struct

HEADER_BYTES = 24  # of a pcap file
FRAME_BYTES_MIN = 60  # IEEE 802.3, less the check sequence: a card fills up what is shorter

# IEEE 802, local experimental EtherType 1: counted as not IP, and in no record.
CUT_FRAME = bytes.fromhex('ffffffffffff' '020000000008' '88b5')
CUT_COUNT = 100


def read(path):
    """The file's header, and of each packet its time (seconds and fraction, as packed) and its bytes."""
    data = path.read_bytes()
    packets = []
    at = HEADER_BYTES
    while at < len(data):
        captured, wire = struct.unpack_from('<II', data, at + 8)
        assert captured == wire, 'the capture has whole packets'
        packets.append((data[at:at + 8], data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return data[:HEADER_BYTES], packets


def write(path, header, packets):
    with path.open('wb') as file:
        file.write(header)
        for time, packet in packets:
            packet = packet.ljust(FRAME_BYTES_MIN, b'\0')
            file.write(time + struct.pack('<II', len(packet), len(packet)) + packet)


def make(sample, folder):
    """Writes whole.pcap, first.pcap, second.pcap and cut.pcap; how many packets each has, by name."""
    header, packets = read(sample)
    middle = len(packets) // 2
    parts = {'whole': packets, 'first': packets[:middle], 'second': packets[middle:],
             'cut': [(packets[middle][0], CUT_FRAME)] * CUT_COUNT}
    for name, part in parts.items():
        write(folder / (name + '.pcap'), header, part)
    return {name: len(part) for name, part in parts.items()}
