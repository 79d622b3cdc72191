#include "packet/checksum.h"

#include <gtest/gtest.h>

#include <memory>

#include "packet/ip.h"
#include "packet/tunnel.h"
#include "tests/support/golden_packets.h"
#include "tests/unit/random.h"

namespace baleen::packet {
namespace {

using test::PacketBuilder;
using Bytes = PacketBuilder::Bytes;

// RFC 1071 section 4.1, byte by byte.
uint16_t plain_sum(const std::vector<uint8_t>& bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size(); i++)
        sum += i % 2 == 0 ? static_cast<uint32_t>(bytes[i]) << 8 : bytes[i];
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

TEST(OnesSum, EqualsThePlainSumForAllLengthsAndAlignments) {
    test::Random random;
    for (size_t length = 0; length < 300; length++) {
        for (size_t offset = 0; offset < 8; offset++) {
            std::vector<uint8_t> bytes(length);
            for (uint8_t& byte : bytes)
                byte = random.one_in(4) ? 0xff : static_cast<uint8_t>(random.next());
            const std::unique_ptr<uint8_t[]> room(new uint8_t[offset + length]);
            std::copy(bytes.begin(), bytes.end(), room.get() + offset);
            const uint16_t sum = ones_sum(room.get() + offset, static_cast<uint32_t>(length));
            ASSERT_EQ(__builtin_bswap16(sum), plain_sum(bytes)) << length << " at " << offset;
        }
    }
}

TEST(OnesSum, HoldsForTheLargestBlockOfOnes) {
    const std::vector<uint8_t> ones(65535, 0xff);
    EXPECT_EQ(__builtin_bswap16(ones_sum(ones.data(), 65535)), plain_sum(ones));
}

// Notes of one packet: parsed, then verified. The parser's own notes are left out.
Notes verify(const Bytes& bytes, uint8_t port_flags = 0, uint32_t captured = UINT32_MAX) {
    static Batch batch;
    batch.count = 1;
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
    const auto kept = std::min<uint32_t>(captured, static_cast<uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.begin() + kept, copy.get());
    batch.packets[0] = test::packet_of(bytes);
    batch.packets[0].data = copy.get();
    batch.packets[0].captured_length = kept;
    batch.packets[0].checksums = port_flags;
    Notes parser_notes{}, notes{};
    parse_batch(batch, test::golden_options(), parser_notes);
    verify_checksums(batch, notes);
    return notes;
}

uint64_t wrong(const Notes& notes, Verdict which) { return notes[static_cast<uint32_t>(which)]; }

TEST(VerifyChecksums, FindsNothingWrongWithAnyEncapsulation) {
    for (const auto& golden : test::golden_packets())
        EXPECT_EQ(verify(golden.bytes), Notes{}) << golden.name;
}

TEST(VerifyChecksums, NoticesEveryChangedByteOfTransportAndPayload) {
    struct Case {
        Verdict counter;
        Bytes bytes;
        size_t transport;
    };
    const auto v4 = [] { return PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2"); };
    const auto v6 = [] { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); };
    const Case cases[] = {
        {Verdict::note_checksum_tcp, v4().tcp(1, 2, tcp::ack).payload(7).take(), 34},
        {Verdict::note_checksum_udp, v4().udp(1, 2).payload(7).take(), 34},
        {Verdict::note_checksum_icmp, v4().icmp(8, 0).payload(7).take(), 34},
        {Verdict::note_checksum_tcp, v6().tcp(1, 2, tcp::ack).payload(8).take(), 54},
        {Verdict::note_checksum_udp, v6().udp(1, 2).payload(9).take(), 54},
        {Verdict::note_checksum_icmp, v6().icmpv6(128, 0).payload(7).take(), 54},
    };
    for (const Case& tested : cases) {
        const bool is_udp = tested.counter == Verdict::note_checksum_udp;
        for (size_t at = tested.transport; at < tested.bytes.size(); at++) {
            if (is_udp && (at == tested.transport + 4 || at == tested.transport + 5)) continue;
            Bytes changed = tested.bytes;
            changed[at] ^= 0x10;
            EXPECT_EQ(wrong(verify(changed), tested.counter), 1u) << at;
        }
    }
}

TEST(VerifyChecksums, NoticesEveryChangedByteOfAnIpv4Header) {
    const Bytes whole =
        PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2", 8).udp(1, 2).take();
    for (size_t at = 14 + 1; at < 14 + 28; at++) {
        if (at >= 14 + 2 && at < 14 + 4) continue;  // the length: then it is another packet
        Bytes changed = whole;
        changed[at] ^= 0x01;
        EXPECT_EQ(wrong(verify(changed), Verdict::note_checksum_ipv4), 1u) << at;
    }
}

Bytes wrong_udp() {
    Bytes bytes =
        PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).payload(8).take();
    bytes.back() ^= 1;
    return bytes;
}

TEST(VerifyChecksums, TakesAUdpChecksumOfZeroForNone) {
    Bytes bytes = wrong_udp();
    bytes[40] = bytes[41] = 0;
    EXPECT_EQ(verify(bytes), Notes{});
}

TEST(VerifyChecksums, LeavesFragmentsAndCutPacketsAlone) {
    const Bytes bytes = wrong_udp();
    EXPECT_NE(verify(bytes), Notes{});
    EXPECT_EQ(verify(bytes, 0, static_cast<uint32_t>(bytes.size() - 1)), Notes{});
    for (const Bytes& fragment : test::fragments_of(bytes, 1, 7))
        EXPECT_EQ(verify(fragment), Notes{});
}

TEST(VerifyChecksums, TakesTheUdpLengthWhereItIsBelowThatOfIp) {
    Bytes inner = PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).payload(8).take();
    // Four bytes of the IP packet that are not UDP's.
    const Bytes bytes = PacketBuilder()
                            .ethernet()
                            .ipv4("192.0.2.1", "198.51.100.2")
                            .protocol(17)
                            .raw({inner.begin() + 20, inner.end()})
                            .payload(4)
                            .take();
    EXPECT_EQ(verify(bytes), Notes{});
}

TEST(VerifyChecksums, TakesThePortsWordForOuterHeadersOnly) {
    const Bytes plain = wrong_udp();
    EXPECT_EQ(verify(plain, checksum_l4_known), Notes{}) << "the port says it is right";
    EXPECT_EQ(wrong(verify(plain, checksum_l4_known | checksum_l4_bad), Verdict::note_checksum_udp),
              1u);
    EXPECT_EQ(wrong(verify(plain, checksum_ip_known | checksum_ip_bad | checksum_l4_known),
                    Verdict::note_checksum_ipv4),
              1u);
    Bytes tunnelled = PacketBuilder()
                          .ethernet()
                          .ipv4("10.0.0.1", "10.0.0.2")
                          .gre()
                          .ipv4("192.0.2.1", "198.51.100.2")
                          .udp(1, 2)
                          .payload(8)
                          .take();
    EXPECT_EQ(verify(tunnelled, checksum_l4_known | checksum_l4_bad), Notes{});
    tunnelled.back() ^= 1;
    EXPECT_EQ(wrong(verify(tunnelled, checksum_l4_known), Verdict::note_checksum_udp), 1u);
}

// RFC 8200 section 8.1: the checksum is made with the last address of the route.
TEST(VerifyChecksums, LeavesPacketsOnASourceRouteAlone) {
    const auto routed = [](uint8_t kind) {
        Bytes bytes = PacketBuilder()
                          .ethernet()
                          .ipv6("2001:db8::1", "2001:db8::2")
                          .extension(kind, 3)
                          .udp(1, 2)
                          .payload(8)
                          .take();
        bytes.back() ^= 1;
        return bytes;
    };
    EXPECT_EQ(verify(routed(protocol::routing)), Notes{});
    EXPECT_EQ(verify(routed(protocol::destination_options)), Notes{}) << "a home address, maybe";
    EXPECT_EQ(wrong(verify(routed(protocol::hop_by_hop)), Verdict::note_checksum_udp), 1u);
}

}  // namespace
}  // namespace baleen::packet
