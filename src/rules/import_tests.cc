// Options that test headers of packets or the flow.
#include <fmt/format.h>

#include <span>

#include "rules/import_header.h"

namespace baleen::rules {
namespace {

struct FieldName {
    std::string_view keyword;
    Field field;
    uint64_t highest;
};

constexpr FieldName fields[] = {
    {"dsize", Field::payload_bytes, 65535},
    {"itype", Field::icmp_type, 255},
    {"icode", Field::icmp_code, 255},
    {"icmp_id", Field::icmp_id, 65535},
    {"icmp_seq", Field::icmp_sequence, 65535},
    {"ttl", Field::ttl, 255},
    {"tos", Field::tos, 255},
    {"id", Field::ip_id, 65535},
    {"fragoffset", Field::fragment_offset, 8191},
    {"window", Field::tcp_window, 65535},
    {"seq", Field::tcp_sequence, 0xffffffff},
    {"ack", Field::tcp_acknowledgement, 0xffffffff},
};

struct Bit {
    char letter;
    uint8_t bit;
};

// The sum of letters, or false. + * ! may stand on either end and say how the bits are compared.
bool read_bits(std::string_view text, std::span<const Bit> letters, uint8_t& bits, char& modifier) {
    for (const char c : text) {
        if (c == '+' || c == '*' || c == '!') {
            if (modifier != '\0') return false;
            modifier = c;
            continue;
        }
        bool found = c == '0';
        for (const auto& [letter, bit] : letters) {
            if (letter != c) continue;
            bits |= bit;
            found = true;
        }
        if (!found) return false;
    }
    return !text.empty();
}

BitsTest::Mode mode_of(char modifier, Dialect dialect) {
    using Mode = BitsTest::Mode;
    switch (modifier) {
        case '+': return Mode::all;
        case '*': return Mode::any;
        // Suricata: not all of them; Snort: none of them.
        case '!': return dialect == Dialect::snort3 ? Mode::none : Mode::not_all;
        default: return Mode::exactly;
    }
}

}  // namespace

void read_flow(Draft& draft, const Option& option) {
    using State = FlowCondition::State;
    using Side = FlowCondition::Side;
    using Data = FlowCondition::Data;
    FlowCondition& flow = draft.rule.flow;
    for (const std::string_view word : split_list(option.value, ',')) {
        if (word == "established") flow.state = State::established;
        else if (word == "not_established") flow.state = State::not_established;
        else if (word == "stateless") flow.state = State::any;
        else if (word == "to_server" || word == "from_client") flow.side = Side::to_server;
        else if (word == "to_client" || word == "from_server") flow.side = Side::to_client;
        else if (word == "only_stream") flow.data = Data::stream_only;
        else if (word == "no_stream") flow.data = Data::packets_only;
        else draft.refuse(fmt::format("flow {}", word.substr(0, 20)));
    }
}

void read_field(Draft& draft, const Option& option) {
    for (const auto& [keyword, field, highest] : fields) {
        if (keyword != option.name) continue;
        FieldTest test{field};
        const std::string why = parse_range(option.value, highest, test);
        if (!why.empty()) draft.fail(fmt::format("{}: {}", option.name, why));
        draft.rule.header_tests.push_back(test);
    }
}

void read_ip_proto(Draft& draft, const Option& option) {
    struct Name {
        std::string_view name;
        uint64_t number;
    };
    static constexpr Name names[] = {{"icmp", 1}, {"igmp", 2},   {"ipip", 4},  {"tcp", 6},
                                     {"udp", 17}, {"ipv6", 41},  {"gre", 47},  {"esp", 50},
                                     {"ah", 51},  {"icmp6", 58}, {"ospf", 89}, {"sctp", 132}};
    const std::string_view value = option.value;
    FieldTest test{Field::ip_protocol};
    test.negated = value.starts_with('!');
    for (const auto& [name, number] : names) {
        if (trim(value.substr(test.negated ? 1 : 0)) != name) continue;
        test.low = test.high = number;
        draft.rule.header_tests.push_back(test);
        return;
    }
    const std::string why = parse_range(value, 255, test);
    if (!why.empty()) draft.fail("ip_proto: " + why);
    draft.rule.header_tests.push_back(test);
}

// flags:S,CE: behind the comma stand bits that are ignored.
void read_flags(Draft& draft, const Option& option) {
    static constexpr Bit letters[] = {{'F', 1},  {'S', 2},  {'R', 4},  {'P', 8},   {'A', 16},
                                      {'U', 32}, {'E', 64}, {'2', 64}, {'C', 128}, {'1', 128}};
    const auto parts = split_list(option.value, ',');
    BitsTest test{BitsTest::Word::tcp_flags};
    char modifier = '\0';
    char none = '+';  // no modifier may follow
    uint8_t ignored = 0;
    if (parts.size() > 2 || !read_bits(parts[0], letters, test.bits, modifier) ||
        (parts.size() == 2 && !read_bits(parts[1], letters, ignored, none)))
        draft.fail(fmt::format("flags: '{}' is not made of FSRPAUEC", option.value));
    test.mask = static_cast<uint8_t>(~ignored);
    test.mode = mode_of(modifier, draft.dialect);
    draft.rule.header_tests.push_back(test);
}

void read_fragbits(Draft& draft, const Option& option) {
    static constexpr Bit letters[] = {{'M', 1}, {'D', 2}, {'R', 4}};
    BitsTest test{BitsTest::Word::fragment};
    char modifier = '\0';
    if (!read_bits(option.value, letters, test.bits, modifier))
        draft.fail(fmt::format("fragbits: '{}' is not made of MDR", option.value));
    test.mask = 7;
    test.mode = mode_of(modifier, draft.dialect);
    draft.rule.header_tests.push_back(test);
}

void read_sameip(Draft& draft, const Option& /*option*/) {
    draft.rule.header_tests.emplace_back(SameAddress{});
}

// Types of RFC 791 section 3.1; esec is that of RFC 1108.
void read_ipopts(Draft& draft, const Option& option) {
    struct Name {
        std::string_view name;
        uint8_t type;
    };
    static constexpr Name names[] = {{"eol", 0},    {"nop", 1},     {"rr", 7},
                                     {"ts", 68},    {"sec", 130},   {"lsrr", 131},
                                     {"esec", 133}, {"satid", 136}, {"ssrr", 137}};
    if (option.value == "any") {
        draft.rule.header_tests.emplace_back(IpOptionTest{true});
        return;
    }
    for (const auto& [name, type] : names) {
        if (name != option.value) continue;
        draft.rule.header_tests.emplace_back(IpOptionTest{false, type});
        return;
    }
    draft.refuse(fmt::format("ipopts {}", option.value.substr(0, 20)));
}

}  // namespace baleen::rules
