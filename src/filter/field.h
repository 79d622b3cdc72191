// The fields that a filter can ask for, and that sorting and listing use: name, type, and how a
// flow record or an event answers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "baleen/record.h"
#include "record/app_event.h"
#include "record/match.h"

namespace baleen::filter {

// What filters are about. A field answers for one kind or several: then it is a set of them.
enum class Kind : uint8_t {
    flow = 1 << 0,
    alert = 1 << 1,
    app = 1 << 2,  // events of application protocols
    packet = 1 << 3,
    event = alert | app,
    any = flow | event | packet,
};
constexpr bool includes(Kind kinds, Kind kind) {
    return (static_cast<uint8_t>(kinds) & static_cast<uint8_t>(kind)) != 0;
}
constexpr Kind operator|(Kind a, Kind b) {
    return static_cast<Kind>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}

// What a packet is besides its headers.
struct PacketFacts {
    uint64_t number;  // in its capture, from 1
    int64_t time_ns;
    uint32_t wire_bytes;
    uint32_t captured_bytes;
};

// A record with what is known about it besides its bytes. Of an event, `record` is what the event
// says of its flow (record::flow_of()); of a packet, what its headers say, the initiator being its
// sender, and `app` is an event that it completes.
struct Subject {
    const record::FlowRecord& record;
    std::string_view port_name;
    const record::Match* match = nullptr;     // of an alert
    const record::AppMessage* app = nullptr;  // of an application protocol's event
    const PacketFacts* packet = nullptr;      // of a packet

    bool is_flow() const { return match == nullptr && app == nullptr; }
};

enum class FieldType {
    number,    // compared as integers; literals may have suffixes (10k, 1MB)
    duration,  // ns; literals have units
    time,      // ns since 1970; literals are RFC 3339 or seconds since 1970
    address,   // 16 bytes; literals are addresses or prefixes
    text,
    data,      // texts and addresses: what the data of a DNS record may be
    flag,      // a number; literals are true and false
    protocol,  // a number whose literals may be names
    reason,    // the same for end reasons
    presence,  // there or not there; not compared
};

struct Value {
    enum class Type : uint8_t { number, address, text } type = Type::number;
    uint8_t ip_version = 0;  // of the address
    uint64_t number = 0;
    std::array<uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
    std::string_view text;              // lives as long as the subject, or as the values
};

// A field's values in one record: none where the record does not have it, several where it has
// (ip.addr, dns.answers.rdata).
class Values {
public:
    Values() = default;
    Values(const Values&) = delete;
    Values& operator=(const Values&) = delete;

    void add(uint64_t number) { add(Value{.number = number}); }
    // 16 bytes.
    void add(const uint8_t* address, uint8_t ip_version) {
        Value value{.type = Value::Type::address, .ip_version = ip_version};
        std::copy_n(address, value.address.size(), value.address.begin());
        add(value);
    }
    void add(std::string_view text) { add(Value{.type = Value::Type::text, .text = text}); }
    // A text that is made for the question.
    void add_made(std::string text) { add(std::string_view(made_.emplace_front(std::move(text)))); }

    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }
    const Value& operator[](size_t index) const { return begin()[index]; }
    const Value* begin() const { return more_.empty() ? room_.values.data() : more_.data(); }
    const Value* end() const { return begin() + size_; }

private:
    void add(const Value& value) {
        if (size_ < values_inline) {
            room_.values[size_++] = value;
            return;
        }
        if (more_.empty()) more_.assign(room_.values.begin(), room_.values.end());
        more_.push_back(value);
        size_++;
    }

    // Most fields have one value or a few, which cost no allocation; and nothing is written before
    // there is one, since each comparison of a filter has Values of its own.
    static constexpr size_t values_inline = 8;
    union Room {
        Room() {}  // NOLINT: filled as far as size_ says
        std::array<Value, values_inline> values;
    } room_;
    size_t size_ = 0;
    std::vector<Value> more_;  // all of them, if there are more
    std::forward_list<std::string> made_;
};
static_assert(std::is_trivially_destructible_v<Value> && std::is_trivially_copyable_v<Value>);

// Values of the fields with these numbers, of an event or of a flow's section (app_field.cc).
void read_app_fields(std::span<const uint16_t> numbers, const Subject& subject, Values& values);

struct Field {
    std::string_view name;
    FieldType type;
    void (*get)(const Subject&, Values&);
    std::string_view description;
    Kind kinds = Kind::flow;
    // Without `get`: the fields of application protocols that it stands for.
    std::span<const uint16_t> numbers = {};

    void read(const Subject& subject, Values& values) const {
        if (get != nullptr) get(subject, values);
        else read_app_fields(numbers, subject, values);
    }
};

std::vector<const Field*> fields(Kind kind = Kind::flow);
// By name or alias; nullptr if there is none.
const Field* find_field(std::string_view name, Kind kind = Kind::flow);
// The nearest name, or empty.
std::string_view suggest_field(std::string_view name, Kind kind = Kind::flow);

// Those about rules and what they found (match_field.cc).
std::span<const Field> match_fields();
// Those about packets (packet_field.cc).
std::span<const Field> packet_fields();
// Those about application protocols (app_field.cc): one for each path of app_fields.def.
std::span<const Field> app_fields();

// Another name of a field.
struct Alias {
    std::string_view name;
    std::string_view field;
};
std::span<const Alias> usual_aliases();
std::span<const Alias> app_aliases();

}  // namespace baleen::filter
