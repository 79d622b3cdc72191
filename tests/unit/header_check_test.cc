// Whether a packet or a flow is one that a rule looks at.
#include "dataplane/match/header_check.h"

#include <gtest/gtest.h>

#include <optional>

#include "dataplane/match/header_fields.h"
#include "packet/ip.h"
#include "packet/parser.h"
#include "tests/support/guarded_bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/ruleset_builder.h"

namespace baleen::match {
namespace {

using ruleset::BitsMode;
using ruleset::BitsWord;
using ruleset::Field;
using ruleset::FlowSide;
using ruleset::FlowState;
using ruleset::Protocol;
using ruleset::Side;
using test::address_range;
using test::PacketBuilder;
using test::RuleDraft;
namespace tcp = packet::tcp;

constexpr FlowFacts facts{Side::to_server, true};

// A packet, parsed, in memory that ends where it does.
class Parsed {
public:
    explicit Parsed(PacketBuilder builder, std::optional<size_t> captured = {})
        : bytes_(builder.take()), room_(bytes_.size() + 1) {
        const auto whole = static_cast<uint32_t>(bytes_.size());
        bytes_.resize(captured.value_or(whole));
        packet_ = test::packet_of(bytes_);
        packet_.wire_length = whole;
        packet_.data = room_.put(bytes_);
        packet::Notes notes{};
        verdict_ =
            packet::parse_packet(packet_, packet::ParseOptions{}, key_, layers_, outer_, notes);
    }

    bool concerns(const RuleDraft& draft, FlowFacts flow = facts) const {
        EXPECT_EQ(verdict_, packet::Verdict::counted_flow);
        test::RulesetBuilder builder;
        builder.add(draft);
        const test::ImageBytes bytes = builder.build();
        const auto image = ruleset::Image::open(bytes.span());
        EXPECT_TRUE(image);
        return concerns_packet(*image, image->rules()[0], packet_, layers_, key_, flow);
    }
    bool passes(const ruleset::HeaderTest& test) const {
        EXPECT_EQ(verdict_, packet::Verdict::counted_flow);
        return HeaderFields(packet_, layers_, key_).pass(test);
    }
    // The value of a field; none: it has no value.
    std::optional<uint64_t> value(Field field) const {
        uint64_t low = 0;
        uint64_t high = UINT64_MAX;
        if (!passes(test::field_test(field, low, high))) return std::nullopt;
        while (low < high) {
            const uint64_t middle = low + (high - low) / 2;
            if (passes(test::field_test(field, low, middle))) high = middle;
            else low = middle + 1;
        }
        return low;
    }

private:
    PacketBuilder::Bytes bytes_;
    test::GuardedBytes room_;
    packet::Packet packet_{};
    packet::FlowKey key_{};
    packet::Layers layers_{};
    packet::Outer outer_{};
    packet::Verdict verdict_;
};

PacketBuilder v4() { return PacketBuilder().ethernet().ipv4("10.0.0.1", "192.168.1.2"); }
PacketBuilder v6() { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); }

Parsed tcp_packet() { return Parsed(v4().tcp(1024, 80, tcp::syn | tcp::ece).payload(5)); }

TEST(HeaderCheck, AsksForTheProtocol) {
    const auto concerned = [](const Parsed& packet) {
        uint8_t protocols = 0;
        for (uint8_t bit = 1; bit < 1 << ruleset::protocol_count; bit <<= 1) {
            RuleDraft rule(1);
            rule.rule.protocols = bit;
            if (packet.concerns(rule)) protocols |= bit;
        }
        return protocols;
    };
    EXPECT_EQ(concerned(tcp_packet()), protocol_bit(Protocol::tcp));
    EXPECT_EQ(concerned(Parsed(v6().udp(1, 2))), protocol_bit(Protocol::udp));
    EXPECT_EQ(concerned(Parsed(v4().icmp(8, 0))), protocol_bit(Protocol::icmp));
    EXPECT_EQ(concerned(Parsed(v6().icmpv6(128, 0))), protocol_bit(Protocol::icmp));
    EXPECT_EQ(concerned(Parsed(v4().sctp(1, 2))), protocol_bit(Protocol::other));
    EXPECT_EQ(concerned(Parsed(v4().esp(1))), protocol_bit(Protocol::other));
    RuleDraft none(1);
    none.rule.protocols = 0;
    EXPECT_FALSE(tcp_packet().concerns(none));
}

TEST(HeaderCheck, AsksForAddresses) {
    const struct {
        const char* says;
        std::vector<std::string> ranges;
        bool is_src;
        bool expected;
    } cases[] = {
        {"itself", {"10.0.0.1"}, true, true},
        {"the first of a range", {"10.0.0.1-10.0.0.9"}, true, true},
        {"the last of a range", {"9.0.0.0-10.0.0.1"}, true, true},
        {"before a range", {"10.0.0.2-10.0.0.9"}, true, false},
        {"behind a range", {"10.0.0.0"}, true, false},
        {"between ranges", {"10.0.0.0", "10.0.0.2"}, true, false},
        {"in the second", {"1.0.0.0", "10.0.0.1", "11.0.0.0"}, true, true},
        {"in the last of many", {"1.0.0.0", "1.0.0.3", "1.0.0.5", "10.0.0.0-11.0.0.0"}, true, true},
        {"not IPv6", {"::-::fffe:ffff:ffff", "1::-ffff::"}, true, false},
        {"none", {}, true, false},
        {"the other end", {"192.168.1.2"}, false, true},
        {"not the other end", {"192.168.1.2"}, true, false},
    };
    for (const auto& one : cases) {
        RuleDraft rule(1);
        auto& ranges = one.is_src ? rule.src : rule.dst;
        ranges.clear();
        for (const std::string& range : one.ranges) ranges.push_back(address_range(range));
        EXPECT_EQ(tcp_packet().concerns(rule), one.expected) << one.says;
    }
    RuleDraft rule(1);
    rule.src = {address_range("2001:db8::-2001:db8::f")};
    EXPECT_TRUE(Parsed(v6().udp(1, 2)).concerns(rule));
    EXPECT_FALSE(tcp_packet().concerns(rule));
}

TEST(HeaderCheck, AsksForPorts) {
    const struct {
        const char* says;
        std::vector<ruleset::PortRange> ranges;
        bool expected;
    } cases[] = {{"itself", {{80, 80}}, true},
                 {"the ends", {{70, 80}}, true},
                 {"between", {{0, 79}, {81, 65535}}, false},
                 {"one of many", {{1, 1}, {3, 4}, {80, 90}, {100, 65535}}, true},
                 {"before", {{81, 65535}}, false},
                 {"none", {}, false}};
    for (const auto& one : cases) {
        RuleDraft rule(1);
        rule.dst_ports = one.ranges;
        EXPECT_EQ(tcp_packet().concerns(rule), one.expected) << one.says;
    }
    RuleDraft src(1);
    src.src_ports = {{80, 80}};
    EXPECT_FALSE(tcp_packet().concerns(src));
    src.src_ports = {{1024, 1024}};
    EXPECT_TRUE(tcp_packet().concerns(src));
}

// Their keys have something else in place of ports.
TEST(HeaderCheck, LooksAtPacketsWithoutPortsForAllPortsOnly) {
    RuleDraft all(1);
    RuleDraft some(1);
    some.src_ports = {{0, 65534}};
    RuleDraft high(1);
    high.dst_ports = {{1, 65535}};
    const PacketBuilder builders[] = {
        v4().icmp(8, 0), v6().icmpv6(128, 0), v4().esp(7),
        v4().ipv4_fragment(3, false, 7).protocol(17).raw(PacketBuilder::Bytes(8))};
    for (const PacketBuilder& builder : builders) {
        const Parsed packet(builder);
        EXPECT_TRUE(packet.concerns(all));
        EXPECT_FALSE(packet.concerns(some));
        EXPECT_FALSE(packet.concerns(high));
    }
    EXPECT_TRUE(Parsed(v4().sctp(5, 6)).concerns(some));
}

TEST(HeaderCheck, LooksInBothDirectionsIfAsked) {
    RuleDraft rule(1);
    rule.src = {address_range("192.168.1.2")};
    rule.src_ports = {{80, 80}};
    EXPECT_FALSE(tcp_packet().concerns(rule));
    rule.rule.flags |= ruleset::both_directions;
    EXPECT_TRUE(tcp_packet().concerns(rule));
    // Both ends are exchanged, not one of them.
    rule.src_ports = {{1024, 1024}};
    EXPECT_FALSE(tcp_packet().concerns(rule));
}

TEST(HeaderCheck, AsksForTheFlow) {
    const auto concerned = [](FlowState state, FlowSide side, FlowFacts flow) {
        RuleDraft rule(1);
        rule.rule.flow_state = state;
        rule.rule.flow_side = side;
        return tcp_packet().concerns(rule, flow);
    };
    for (const Side side : {Side::to_server, Side::to_client}) {
        for (const bool established : {false, true}) {
            const FlowFacts flow{side, established};
            const bool to_server = side == Side::to_server;
            EXPECT_TRUE(concerned(FlowState::any, FlowSide::any, flow));
            EXPECT_EQ(concerned(FlowState::established, FlowSide::any, flow), established);
            EXPECT_EQ(concerned(FlowState::not_established, FlowSide::any, flow), !established);
            EXPECT_EQ(concerned(FlowState::any, FlowSide::to_server, flow), to_server);
            EXPECT_EQ(concerned(FlowState::any, FlowSide::to_client, flow), !to_server);
        }
    }
}

TEST(HeaderFields, AreThoseOfTheHeaders) {
    PacketBuilder builder = v4().tcp(1024, 80, tcp::ack, 0x81020304, 0x91121314);
    builder.tcp_window(513).payload(7).patch([](auto& bytes) {
        bytes[15] = 0xb8;  // type of service
        bytes[18] = 0x12;  // id
        bytes[19] = 0x34;
        bytes[22] = 61;  // time to live
    });
    const Parsed packet(builder);
    EXPECT_EQ(packet.value(Field::payload_bytes), 7);
    EXPECT_EQ(packet.value(Field::ttl), 61);
    EXPECT_EQ(packet.value(Field::tos), 0xb8);
    EXPECT_EQ(packet.value(Field::ip_id), 0x1234);
    EXPECT_EQ(packet.value(Field::ip_protocol), 6);
    EXPECT_EQ(packet.value(Field::fragment_offset), 0);
    EXPECT_EQ(packet.value(Field::tcp_window), 513);
    EXPECT_EQ(packet.value(Field::tcp_sequence), 0x81020304);
    EXPECT_EQ(packet.value(Field::tcp_acknowledgement), 0x91121314);
    EXPECT_EQ(packet.value(Field::icmp_type), std::nullopt);
    EXPECT_EQ(packet.value(Field::icmp_id), std::nullopt);
}

TEST(HeaderFields, AreThoseOfIcmp) {
    PacketBuilder builder = v4().icmp(8, 3);
    builder.payload(2).patch([](auto& bytes) {
        bytes[38] = 1;
        bytes[39] = 2;
        bytes[40] = 3;
        bytes[41] = 4;
    });
    const Parsed echo(builder);
    EXPECT_EQ(echo.value(Field::icmp_type), 8);
    EXPECT_EQ(echo.value(Field::icmp_code), 3);
    EXPECT_EQ(echo.value(Field::icmp_id), 0x0102);
    EXPECT_EQ(echo.value(Field::icmp_sequence), 0x0304);
    EXPECT_EQ(echo.value(Field::payload_bytes), 2);
    EXPECT_EQ(echo.value(Field::tcp_window), std::nullopt);
    // A redirect has an address there, and a router solicitation nothing.
    EXPECT_EQ(Parsed(v4().icmp(5, 0)).value(Field::icmp_id), std::nullopt);
    EXPECT_EQ(Parsed(v6().icmpv6(133, 0)).value(Field::icmp_id), std::nullopt);
    EXPECT_EQ(Parsed(v6().icmpv6(129, 0)).value(Field::icmp_id), 1);
    // Type 13 is a timestamp in ICMP only.
    EXPECT_EQ(Parsed(v4().icmp(13, 0)).value(Field::icmp_sequence), 1);
    EXPECT_EQ(Parsed(v6().icmpv6(13, 0)).value(Field::icmp_sequence), std::nullopt);
}

TEST(HeaderFields, AreAbsentWhereTheHeaderIs) {
    const Parsed six(v6().udp(1, 2).payload(3));
    EXPECT_EQ(six.value(Field::ip_id), std::nullopt);
    EXPECT_EQ(six.value(Field::fragment_offset), std::nullopt);
    EXPECT_EQ(six.value(Field::tcp_sequence), std::nullopt);
    EXPECT_EQ(six.value(Field::ip_protocol), 17);
    EXPECT_EQ(six.value(Field::payload_bytes), 3);
    // Negated or not.
    EXPECT_FALSE(six.passes(test::field_test(Field::ip_id, 5, 5, true)));
    EXPECT_FALSE(six.passes(test::bits_test(BitsWord::fragment, BitsMode::none, 1)));
    EXPECT_FALSE(six.passes(test::bits_test(BitsWord::tcp_flags, BitsMode::none, 1)));
    EXPECT_FALSE(six.passes(test::any_ip_option_test()));
    EXPECT_TRUE(six.passes(test::field_test(Field::ip_protocol, 5, 6, true)));
    EXPECT_FALSE(six.passes(test::field_test(Field::ip_protocol, 5, 17, true)));

    const Parsed later(v4().ipv4_fragment(3, true, 7).protocol(6).raw(PacketBuilder::Bytes(16)));
    EXPECT_EQ(later.value(Field::tcp_sequence), std::nullopt);
    EXPECT_FALSE(later.passes(test::bits_test(BitsWord::tcp_flags, BitsMode::none, 1)));
    EXPECT_EQ(later.value(Field::fragment_offset), 3);
    EXPECT_EQ(later.value(Field::ip_id), 7);
}

// Fields that were not captured are as absent as those that are not there.
TEST(HeaderFields, AreReadFromCapturedBytesOnly) {
    PacketBuilder builder = v4().tcp(1024, 80, tcp::syn, 9, 9);
    builder.payload(100);
    const size_t transport = 14 + 20;
    for (size_t captured = transport + 4; captured < transport + 60; captured++) {
        const Parsed packet(builder, captured);
        EXPECT_EQ(packet.value(Field::tcp_sequence).has_value(), captured >= transport + 8);
        EXPECT_EQ(packet.value(Field::tcp_acknowledgement).has_value(), captured >= transport + 12);
        EXPECT_EQ(packet.value(Field::tcp_window).has_value(), captured >= transport + 16);
        EXPECT_EQ(packet.passes(test::bits_test(BitsWord::tcp_flags, BitsMode::all, 2)),
                  captured >= transport + 14);
        // What was sent, not what was captured.
        if (captured >= transport + 20) {
            EXPECT_EQ(packet.value(Field::payload_bytes), 100);
        }
    }
}

TEST(HeaderFields, CountNoPaddingAsPayload) {
    PacketBuilder builder = v4().udp(1, 2);
    builder.payload(3).patch([](auto& bytes) { bytes.resize(60); });
    EXPECT_EQ(Parsed(builder).value(Field::payload_bytes), 3);
}

TEST(HeaderFields, CompareBits) {
    const Parsed packet = tcp_packet();  // SYN 2 and ECE 64
    const auto flags = [&](BitsMode mode, uint8_t bits, uint8_t mask = 0xff) {
        return packet.passes(test::bits_test(BitsWord::tcp_flags, mode, bits, mask));
    };
    EXPECT_FALSE(flags(BitsMode::exactly, 2));
    EXPECT_TRUE(flags(BitsMode::exactly, 2 | 64));
    EXPECT_TRUE(flags(BitsMode::exactly, 2, 0x3f));
    EXPECT_TRUE(flags(BitsMode::all, 2));
    EXPECT_FALSE(flags(BitsMode::all, 2 | 16));
    EXPECT_TRUE(flags(BitsMode::any, 2 | 16));
    EXPECT_FALSE(flags(BitsMode::any, 16));
    EXPECT_TRUE(flags(BitsMode::none, 16));
    EXPECT_FALSE(flags(BitsMode::none, 2 | 16));
    EXPECT_TRUE(flags(BitsMode::not_all, 2 | 16));
    EXPECT_FALSE(flags(BitsMode::not_all, 2 | 64));

    const auto fragment = [&](int bits) {
        PacketBuilder builder = v4().udp(1, 2);
        builder.payload(8).patch([&](auto& bytes) { bytes[20] = static_cast<uint8_t>(bits << 5); });
        return Parsed(builder);
    };
    for (const int bits : {0, 1, 2, 4}) {
        for (const int asked : {1, 2, 4})
            EXPECT_EQ(fragment(bits).passes(test::bits_test(BitsWord::fragment, BitsMode::all,
                                                            static_cast<uint8_t>(asked))),
                      bits == asked);
    }
}

TEST(HeaderFields, FindOptionsOfIpv4) {
    const auto with_options = [](const PacketBuilder::Bytes& options) {
        PacketBuilder builder =
            PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2", options.size()).udp(1, 2);
        builder.patch([=](auto& bytes) { std::ranges::copy(options, bytes.begin() + 34); });
        return Parsed(builder);
    };
    const auto has = [](const Parsed& packet, int type) {
        return packet.passes(test::ip_option_test(static_cast<uint8_t>(type)));
    };
    const Parsed none(v4().udp(1, 2));
    EXPECT_FALSE(none.passes(test::any_ip_option_test()));
    EXPECT_FALSE(has(none, 1));
    const Parsed some = with_options({1, 7, 3, 4, 1, 148, 4, 0, 0, 0, 0, 68});
    EXPECT_TRUE(some.passes(test::any_ip_option_test()));
    for (const int type : {0, 1, 7, 148}) EXPECT_TRUE(has(some, type)) << type;
    // The inside of an option is none, nor is what follows the end of the list.
    for (const int type : {3, 4, 68}) EXPECT_FALSE(has(some, type)) << type;
    // Lengths that lead nowhere, or out of the header.
    EXPECT_FALSE(has(with_options({7, 0, 148, 4}), 148));
    EXPECT_FALSE(has(with_options({7, 1, 148, 4}), 148));
    EXPECT_FALSE(has(with_options({7, 200, 148, 4}), 148));
    EXPECT_FALSE(has(with_options({1, 1, 1, 7}), 148));
}

TEST(HeaderFields, CompareAddresses) {
    EXPECT_FALSE(tcp_packet().passes(test::same_address_test()));
    EXPECT_TRUE(Parsed(PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.1").udp(1, 2))
                    .passes(test::same_address_test()));
}

TEST(HeaderCheck, PassesAllTestsOfARule) {
    RuleDraft rule(1);
    rule.tests = {test::field_test(Field::payload_bytes, 5, 5),
                  test::bits_test(BitsWord::tcp_flags, BitsMode::all, 2)};
    EXPECT_TRUE(tcp_packet().concerns(rule));
    rule.tests.push_back(test::same_address_test());
    EXPECT_FALSE(tcp_packet().concerns(rule));
}

}  // namespace
}  // namespace baleen::match
