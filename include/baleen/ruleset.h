// A compiled set of rules, as the control process hands it to the data plane: one memfd.
//
// Owns: the layout. The image is a header, then sections of plain structs that refer to each other
// by index, then the blob (names, literals, expressions) and Hyperscan's serialised databases.
// What a rule means is said in docs/rules.md; the structs here only encode it.
//
// How it is used: a packet, or a stretch of a TCP stream, has a group (by protocol, side and port);
// the group's database finds patterns; a pattern names the rules that it may be the sign of. A
// `direct` rule has been hit by that; any other is judged by its steps over the bytes.
//
// Must hold: no pointers; ruleset::check() (src/ruleset/image.h) has passed before anything but the
// header is believed. All integers in host order, addresses in network order, IPv4 as
// ::ffff:a.b.c.d.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace baleen::ruleset {

inline constexpr uint64_t image_magic = 0x3153454c55524c42;  // "BLRULES1" in memory order
inline constexpr uint32_t image_version = 1;
inline constexpr uint32_t absent = UINT32_MAX;

// Numbers that one rule's steps may keep for later ones. Real rules have up to four.
inline constexpr uint32_t variables_max = 16;

// Elements [first, first + count) of a section, or bytes of the blob.
struct Slice {
    uint32_t first;
    uint32_t count;
};

enum class Protocol : uint8_t { tcp, udp, icmp, other };
inline constexpr uint32_t protocol_count = 4;
// Sent by the initiator of the flow, or to it.
enum class Side : uint8_t { to_server, to_client };
inline constexpr uint32_t side_count = 2;

// Bits of Rule::protocols.
constexpr uint8_t protocol_bit(Protocol protocol) {
    return static_cast<uint8_t>(1u << static_cast<uint32_t>(protocol));
}

enum class Action : uint8_t { tag, alert, capture };
inline constexpr uint32_t action_count = 3;
enum class FlowState : uint8_t { any, established, not_established };
enum class FlowSide : uint8_t { any, to_server, to_client };

enum RuleFlags : uint8_t {
    both_directions = 1 << 0,  // also with source and destination exchanged
    prefilter_only = 1 << 1,   // parts were left out: hits are candidates
    direct = 1 << 2,           // a pattern of the database is all that it looks for
    judged_at_end = 1 << 3,    // on streams: what is still to come may speak against it
    on_packets = 1 << 4,
    on_streams = 1 << 5,
};

enum class RateKind : uint8_t { none, limit, threshold, both, exceeded };
enum class RateTrack : uint8_t { by_src, by_dst, by_both, by_rule };

struct Rule {
    uint32_t gid;
    uint32_t id;
    uint32_t rev;
    uint8_t severity;
    Action action;
    uint8_t protocols;  // protocol_bit()s
    uint8_t flags;      // RuleFlags
    FlowState flow_state;
    FlowSide flow_side;
    RateKind rate_kind;
    RateTrack rate_track;
    uint32_t rate_count;
    uint32_t rate_seconds;
    uint32_t variable_count;  // that its steps read and write
    Slice name;               // of the blob
    Slice classtype;
    Slice src;  // of `addresses`, sorted
    Slice dst;
    Slice src_ports;  // of `ports`, sorted
    Slice dst_ports;
    Slice tests;  // of `header_tests`: all of them
    Slice steps;
};
static_assert(sizeof(Rule) == 96);

// Both ends belong to it.
struct AddressRange {
    std::array<uint8_t, 16> first;
    std::array<uint8_t, 16> last;
};
struct PortRange {
    uint16_t first;
    uint16_t last;
};

enum class TestKind : uint8_t { field, bits, same_address, ip_option };
enum class Field : uint8_t {
    payload_bytes,
    icmp_type,
    icmp_code,
    icmp_id,
    icmp_sequence,
    ttl,
    tos,
    ip_id,
    ip_protocol,
    fragment_offset,
    tcp_window,
    tcp_sequence,
    tcp_acknowledgement,
};
enum class BitsWord : uint8_t { tcp_flags, fragment };
enum class BitsMode : uint8_t { exactly, all, any, none, not_all };

struct HeaderTest {
    TestKind kind;
    Field field;      // field: low <= field <= high
    BitsWord word;    // bits
    BitsMode mode;    // bits
    uint8_t bits;     // bits; ip_option: its type
    uint8_t mask;     // bits
    uint8_t negated;  // field
    uint8_t any;      // ip_option: whatever its type
    uint64_t low;
    uint64_t high;
};
static_assert(sizeof(HeaderTest) == 24);

enum class StepKind : uint8_t { literal, regex, is_data_at, byte_test, byte_jump, byte_extract };
enum class Compare : uint8_t {
    less,
    less_equal,
    equal,
    greater_equal,
    greater,
    bits_and,
    bits_xor
};
enum class JumpOrigin : uint8_t { behind_number, start, end };

enum StepFlags : uint32_t {
    relative = 1 << 0,
    negated = 1 << 1,
    nocase = 1 << 2,   // literal; regex: i
    at_end = 1 << 3,   // literal
    dot_all = 1 << 4,  // regex: s
    multi_line = 1 << 5,
    extended = 1 << 6,
    anchored = 1 << 7,
    dollar_end_only = 1 << 8,
    ungreedy = 1 << 9,
    little_endian = 1 << 10,  // numbers
    text = 1 << 11,
    align = 1 << 12,  // byte_jump
    may_reach_end = 1 << 13,
    stops_at_start = 1 << 14,
    steps_by_count = 1 << 15,  // byte_extract
    has_length = 1 << 16,      // literal
};

// A constant, plus a variable of the rule (-1: none).
struct Number {
    int64_t constant;
    int32_t variable;
    uint32_t reserved;
};

struct Step {
    StepKind kind;
    Compare compare;      // byte_test
    JumpOrigin origin;    // byte_jump
    uint8_t text_base;    // numbers
    uint32_t flags;       // StepFlags
    Slice bytes;          // of the blob: the literal, or the expression
    uint32_t regex;       // a number of its own, below Header::regex_count
    uint32_t count;       // numbers: bytes; 0 as in rules/payload_step.h
    Number from;          // literal: offset or distance; is_data_at: bytes; numbers: offset
    Number value;         // literal: depth or within; byte_test: what is compared with
    uint64_t mask;        // numbers
    uint64_t multiplier;  // byte_jump, byte_extract
    int64_t post_offset;  // byte_jump; byte_extract: what is rounded up to a multiple of
    int32_t variable;     // byte_extract: which one it sets
    uint32_t reserved;
};
static_assert(sizeof(Step) == 88);

// What a database reports as the id of a match.
struct Pattern {
    Slice rules;  // of `pattern_rules`
};

enum class DatabaseMode : uint32_t { block, stream };
struct Database {
    uint64_t offset;  // of the serialised bytes in the image
    uint64_t bytes;
    DatabaseMode mode;
    uint32_t pattern_count;
    uint64_t stream_bytes;  // state of one stream
};
static_assert(sizeof(Database) == 32);

struct Group {
    uint32_t packet_database;  // of `databases`, or absent
    uint32_t stream_database;
    Slice packet_rules;    // of `rule_lists`: without a pattern, judged on every packet
    Slice stream_rules;    // the same, judged at the end of every direction
    uint32_t keeps_bytes;  // 1: some rule on streams is not direct, and reads what came before
    uint32_t rule_count;   // in all
};

// Class of a port, for each of TCP and UDP and each side: of the destination port to the server,
// of the source port to the client.
inline constexpr uint32_t port_count = 65536;
using PortClasses = std::array<uint8_t, port_count>;
inline constexpr uint32_t port_table_count = 2 * side_count;  // [protocol * side_count + side]
inline constexpr uint32_t class_count_max = 256;
// [(protocol * side_count + side) * class_count_max + class]; others than TCP and UDP have class 0.
inline constexpr uint32_t group_of_count = protocol_count * side_count * class_count_max;

struct Section {
    uint64_t offset;  // in the image, a multiple of 64
    uint64_t count;   // of elements
};

struct Header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint64_t image_bytes;
    uint64_t content_hash;  // of rules, Hyperscan and CPU features: the same for the same
    uint64_t cpu_features;  // hs_platform_info, for which the databases were compiled
    std::array<char, 64> hyperscan_version;  // hs_version(), zero-terminated
    uint32_t regex_count;
    uint32_t reserved;
    Section rules;          // Rule
    Section addresses;      // AddressRange
    Section ports;          // PortRange
    Section header_tests;   // HeaderTest
    Section steps;          // Step
    Section patterns;       // Pattern
    Section pattern_rules;  // uint32_t: of `rules`
    Section rule_lists;     // uint32_t: of `rules`
    Section groups;         // Group
    Section group_of;       // uint16_t, group_of_count of them: of `groups`
    Section port_classes;   // PortClasses, port_table_count of them
    Section databases;      // Database
    Section blob;           // uint8_t
};
inline constexpr uint32_t section_count = 13;
static_assert(sizeof(Header) == 112 + section_count * sizeof(Section));
static_assert(offsetof(Header, rules) == 112);
static_assert(std::is_trivially_copyable_v<Header> && std::is_standard_layout_v<Header>);

}  // namespace baleen::ruleset
