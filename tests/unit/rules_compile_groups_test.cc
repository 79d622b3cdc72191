// Groups, against a packet by packet look at the headers.
#include <algorithm>

#include "rules/compile/groups.h"
#include "rules/compile/port_classes.h"
#include "tests/unit/random.h"
#include "tests/unit/rules_compile_run.h"

namespace baleen::rules::compile {
namespace {

using ruleset::Side;
using Kind = ruleset::Protocol;

struct Packet {
    uint32_t number;  // IP protocol
    uint16_t src_port;
    uint16_t dst_port;
    Side side;
};

Kind kind_of(const Packet& packet) {
    switch (packet.number) {
        case 6: return Kind::tcp;
        case 17: return Kind::udp;
        case 1:
        case 58: return Kind::icmp;
        default: return Kind::other;
    }
}

// By the words of rules/rule.h, one packet at a time; addresses take any.
bool matches(const Rule& rule, const Packet& packet) {
    const Kind kind = kind_of(packet);
    const bool right_protocol = rule.protocol == Protocol::ip ||
                                (rule.protocol == Protocol::tcp && kind == Kind::tcp) ||
                                (rule.protocol == Protocol::udp && kind == Kind::udp) ||
                                (rule.protocol == Protocol::icmp && kind == Kind::icmp);
    if (!right_protocol) return false;
    if (rule.flow.side == FlowCondition::Side::to_server && packet.side != Side::to_server)
        return false;
    if (rule.flow.side == FlowCondition::Side::to_client && packet.side != Side::to_client)
        return false;
    for (const HeaderTest& test : rule.header_tests) {
        const auto& field = std::get<FieldTest>(test);
        if (field.field == Field::ip_protocol &&
            (field.low <= packet.number && packet.number <= field.high) == field.negated)
            return false;
        if (field.field == Field::icmp_type && kind != Kind::icmp) return false;
        if (field.field == Field::tcp_window && kind != Kind::tcp) return false;
    }
    if (kind != Kind::tcp && kind != Kind::udp) return true;
    const auto ends = [&](uint16_t src, uint16_t dst) {
        return rule.src_ports.contains(src) && rule.dst_ports.contains(dst);
    };
    return ends(packet.src_port, packet.dst_port) ||
           (rule.both_directions && ends(packet.dst_port, packet.src_port));
}

// Few ports, so that they meet; the ends of the range among them.
constexpr uint16_t some_ports[] = {0, 1, 21, 79, 80, 81, 443, 1023, 1024, 8080, 65534, 65535};

PortSet random_ports(test::Random& random) {
    if (random.one_in(3)) return PortSet::all();
    if (random.one_in(20)) return {};
    PortSet set;
    for (uint64_t i = random.between(1, 3); i > 0; i--) {
        const uint16_t a = random.pick(some_ports);
        const uint16_t b = random.pick(some_ports);
        set.add(PortSet::of(std::min(a, b), random.one_in(2) ? std::min(a, b) : std::max(a, b)));
    }
    return random.one_in(4) ? set.complement() : set;
}

Rule random_rule(test::Random& random) {
    Rule rule;
    rule.protocol =
        random.pick(std::array{Protocol::ip, Protocol::tcp, Protocol::udp, Protocol::icmp});
    rule.src_ports = random_ports(random);
    rule.dst_ports = random_ports(random);
    rule.both_directions = random.one_in(4);
    rule.flow.side = static_cast<FlowCondition::Side>(random.below(3));
    rule.scope = static_cast<Scope>(random.below(3));
    if (random.one_in(5))
        rule.header_tests.emplace_back(FieldTest{Field::ip_protocol, random.below(20),
                                                 10 + random.below(60), random.one_in(2)});
    if (random.one_in(9)) rule.header_tests.emplace_back(FieldTest{Field::icmp_type, 0, 8});
    if (random.one_in(9)) rule.header_tests.emplace_back(FieldTest{Field::tcp_window, 0, 8});
    return rule;
}

const RuleGroup& rule_group_of(const Grouping& grouping, const Packet& packet) {
    const auto kind = static_cast<size_t>(kind_of(packet));
    const size_t table = kind * ruleset::side_count + static_cast<size_t>(packet.side);
    const uint16_t port = packet.side == Side::to_server ? packet.dst_port : packet.src_port;
    const size_t c = kind < 2 ? grouping.port_classes[table][port] : 0;
    return grouping.groups[grouping.group_of[table * ruleset::class_count_max + c]];
}

TEST(RulesCompileGroups, HoldEveryRuleThatMayConcernAPacket) {
    test::Random random;
    for (int round = 0; round < 40; round++) {
        std::vector<Rule> rules;
        std::vector<uint32_t> used;
        for (uint64_t i = random.between(1, 40); i > 0; i--) {
            if (!random.one_in(10)) used.push_back(static_cast<uint32_t>(rules.size()));
            rules.push_back(random_rule(random));
        }
        const auto class_max = static_cast<uint32_t>(random.between(1, 12));
        const Grouping grouping = group_rules(rules, used, class_max);
        for (int i = 0; i < 500; i++) {
            const Packet packet = {
                random.one_in(2) ? 6u : random.pick(std::array{1u, 17u, 58u, 47u, 132u}),
                random.pick(some_ports), random.pick(some_ports),
                random.one_in(2) ? Side::to_server : Side::to_client};
            const RuleGroup& group = rule_group_of(grouping, packet);
            ASSERT_EQ(group.protocol, kind_of(packet));
            ASSERT_EQ(group.side, packet.side);
            for (uint32_t rule = 0; rule < rules.size(); rule++) {
                const bool is_in = std::ranges::binary_search(group.rules, rule);
                if (!std::ranges::binary_search(used, rule)) {
                    ASSERT_FALSE(is_in);
                } else if (matches(rules[rule], packet)) {
                    ASSERT_TRUE(is_in) << "rule " << rule << ", " << packet.number << ": "
                                       << packet.src_port << " -> " << packet.dst_port;
                }
            }
        }
    }
}

TEST(RulesCompileGroups, LeaveOutRulesOfOtherPortsAndSides) {
    const RuleSet set = rules_of({"tcp any any -> any 80 (flow:to_server; content:\"abcd\";)",
                                  "tcp any 80 -> any any (flow:to_client; content:\"abcd\";)",
                                  "tcp any any -> any 443 (flow:to_server; content:\"abcd\";)",
                                  "udp any any -> any any (content:\"abcd\";)",
                                  "tcp any any -> any 80 (content:\"abcd\";)"});
    const std::vector<uint32_t> used = {0, 1, 2, 3, 4};
    const Grouping grouping = group_rules(set.rules, used, 8);
    using Rules = std::vector<uint32_t>;
    EXPECT_EQ(rule_group_of(grouping, {6, 1111, 80, Side::to_server}).rules, (Rules{0, 4}));
    EXPECT_EQ(rule_group_of(grouping, {6, 1111, 443, Side::to_server}).rules, (Rules{2}));
    EXPECT_EQ(rule_group_of(grouping, {6, 1111, 22, Side::to_server}).rules, (Rules{}));
    EXPECT_EQ(rule_group_of(grouping, {6, 80, 1111, Side::to_client}).rules, (Rules{1, 4}));
    // Sent to port 80 by the side that did not begin: the rule has any source port.
    EXPECT_EQ(rule_group_of(grouping, {6, 1111, 80, Side::to_client}).rules, (Rules{4}));
    EXPECT_EQ(rule_group_of(grouping, {17, 1111, 80, Side::to_client}).rules, (Rules{3}));
}

TEST(RulesCompileGroups, KnowProtocolsFromHeaderTests) {
    const RuleSet set =
        rules_of({"ip any any -> any any (ip_proto:47;)", "ip any any -> any any (ip_proto:6;)",
                  "ip any any -> any any (itype:8;)", "ip any any -> any any (ttl:1;)"});
    const auto bits = [](std::initializer_list<Kind> kinds) {
        uint8_t all = 0;
        for (const Kind kind : kinds) all |= ruleset::protocol_bit(kind);
        return all;
    };
    EXPECT_EQ(protocols_of(set.rules[0]), bits({Kind::other}));
    EXPECT_EQ(protocols_of(set.rules[1]), bits({Kind::tcp, Kind::other}));
    EXPECT_EQ(protocols_of(set.rules[2]), bits({Kind::icmp}));
    EXPECT_EQ(protocols_of(set.rules[3]), bits({Kind::tcp, Kind::udp, Kind::icmp, Kind::other}));
}

TEST(RulesCompilePortClasses, ArePutTogetherUntilTheyAreFewEnough) {
    std::vector<PortMember> members;
    for (uint32_t rule = 0; rule < 200; rule++)
        members.push_back({rule, PortSet::of(static_cast<uint16_t>(10 * rule),
                                             static_cast<uint16_t>(10 * rule + 14))});
    for (const uint32_t class_max : {1u, 2u, 8u, 256u}) {
        const PortClassing classing = divide_ports(members, class_max);
        EXPECT_LE(classing.rules.size(), class_max);
        uint32_t ports = 0;
        for (const uint32_t count : classing.port_counts) ports += count;
        EXPECT_EQ(ports, ruleset::port_count);
        for (uint32_t port = 0; port < 2100; port++)
            for (const PortMember& member : members)
                if (member.ports.contains(static_cast<uint16_t>(port))) {
                    ASSERT_TRUE(std::ranges::binary_search(classing.rules[classing.class_of[port]],
                                                           member.rule));
                }
    }
}

TEST(RulesCompilePortClasses, KeepTheBusiestPortsApart) {
    std::vector<PortMember> members;
    for (uint32_t rule = 0; rule < 100; rule++)
        for (const uint32_t port : {80u, 443u, 7000u + rule})
            members.push_back({100 * port + rule, PortSet::of(static_cast<uint16_t>(port),
                                                              static_cast<uint16_t>(port))});
    const PortClassing classing = divide_ports(members, 4);
    EXPECT_EQ(classing.rules[classing.class_of[80]].size(), 100u);
    EXPECT_EQ(classing.rules[classing.class_of[443]].size(), 100u);
    EXPECT_NE(classing.class_of[80], classing.class_of[443]);
}

TEST(RulesCompilePortClasses, TakeMoreSetsOfPortsThanTheyTellApart) {
    std::vector<PortMember> members;
    for (uint32_t rule = 0; rule < 3000; rule++)
        members.push_back(
            {rule, PortSet::of(static_cast<uint16_t>(rule), static_cast<uint16_t>(rule + 7))});
    const PortClassing classing = divide_ports(members, 8);
    for (const PortMember& member : members)
        for (const auto& range : member.ports.ranges())
            for (uint32_t port = range.first; port <= range.last; port++)
                ASSERT_TRUE(std::ranges::binary_search(classing.rules[classing.class_of[port]],
                                                       member.rule));
}

}  // namespace
}  // namespace baleen::rules::compile
