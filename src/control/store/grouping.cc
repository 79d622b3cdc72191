#include "control/store/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "control/store/key_text.h"
#include "filter/needs.h"

namespace baleen::store {
namespace {

using filter::FieldType;
using filter::Kind;

struct DimensionName {
    std::string_view name;
    Dimension dimension;
};
constexpr std::array dimension_names = {
    DimensionName{"total", Dimension::total}, DimensionName{"host", Dimension::host},
    DimensionName{"port", Dimension::port}, DimensionName{"protocol", Dimension::protocol},
    DimensionName{"pair", Dimension::pair}};

constexpr std::array<std::string_view, 3> measure_names = {"flows", "packets", "bytes"};

constexpr uint32_t mapped_bits = 96;
constexpr uint32_t usual_ip6_prefix = 64;

// What is sent by the responder alone.
bool is_of_responder(const filter::Value& value, const record::FlowRecord& record) {
    return value.type == filter::Value::Type::address &&
           std::ranges::equal(value.address, record.responder_address) &&
           !std::ranges::equal(value.address, record.initiator_address);
}

void mask(std::array<uint8_t, 16>& address, uint32_t bits) {
    for (uint32_t i = 0; i < address.size(); i++) {
        const uint32_t kept = bits > 8 * i ? std::min(bits - 8 * i, 8u) : 0;
        address[i] = static_cast<uint8_t>(address[i] & (0xff00u >> kept));
    }
}

base::Result<uint32_t> parse_bits(std::string_view text, uint32_t most) {
    uint32_t bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc() || end != text.data() + text.size() || bits > most)
        return base::Error{fmt::format("'{}' is no length of a prefix: 0 to {}", text, most)};
    return bits;
}

void add_different(std::vector<Key>& keys, Key key) {
    if (std::ranges::none_of(keys, [&](const Key& each) { return each.bytes == key.bytes; }))
        keys.push_back(std::move(key));
}

}  // namespace

std::optional<Measure> measure_of(std::string_view name) {
    const auto found = std::ranges::find(measure_names, name);
    if (found == measure_names.end()) return std::nullopt;
    return static_cast<Measure>(found - measure_names.begin());
}

std::string_view name_of(Measure measure) { return measure_names[static_cast<size_t>(measure)]; }

uint64_t value_of(const Sums& sums, Measure measure, Kind kind) {
    switch (measure) {
        case Measure::flows: return kind == Kind::flow ? sums.flows : sums.records;
        case Measure::packets: return sums.packets();
        case Measure::bytes: return sums.bytes();
    }
    return 0;
}

Sums sums_of(const filter::Subject& subject) {
    return subject.is_flow() ? sums_of(subject.record) : Sums{.records = 1};
}

Grouping Grouping::of(Dimension dimension) {
    Grouping grouping;
    grouping.dimension_ = dimension;
    for (const DimensionName& each : dimension_names)
        if (each.dimension == dimension) grouping.name_ = each.name;
    return grouping;
}

base::Result<Grouping> Grouping::parse(std::string_view text, Kind kind) {
    // Roll-ups are about flows; of events a port is the field.
    if (kind == Kind::flow)
        for (const DimensionName& each : dimension_names)
            if (each.name == text) return of(each.dimension);
    Grouping grouping;
    grouping.name_ = text;
    for (size_t at = 0; at <= text.size();) {
        const size_t comma = std::min(text.find(',', at), text.size());
        auto part = parse_part(text.substr(at, comma - at), kind);
        if (!part) return part.error();
        grouping.parts_.push_back(*part);
        at = comma + 1;
    }
    if (grouping.parts_.size() > 2) return base::Error{"at most two fields are counted together"};
    return grouping;
}

base::Result<Grouping::Part> Grouping::parse_part(std::string_view text, Kind kind) {
    Part part;
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view name = text.substr(0, slash);
    part.field = filter::find_field(name, kind);
    if (part.field == nullptr && kind != Kind::flow && name == "host")
        part.field = filter::find_field("ip.addr", kind);
    if (part.field == nullptr) {
        const auto near = filter::suggest_field(name, kind);
        return base::Error{near.empty()
                               ? fmt::format("unknown field '{}'", name)
                               : fmt::format("unknown field '{}'; did you mean '{}'?", name, near)};
    }
    if (slash == text.size()) return part;
    if (part.field->type != FieldType::address)
        return base::Error{fmt::format("'{}' has no prefixes: only addresses do", name)};
    const std::string_view lengths = text.substr(slash + 1);
    const size_t second = std::min(lengths.find('/'), lengths.size());
    const auto ip4 = parse_bits(lengths.substr(0, second), 32);
    if (!ip4) return ip4.error();
    part.prefix_ip4 = *ip4;
    part.prefix_ip6 = usual_ip6_prefix;
    part.is_subnet = true;
    if (second == lengths.size()) return part;
    const auto ip6 = parse_bits(lengths.substr(second + 1), 128);
    if (!ip6) return ip6.error();
    part.prefix_ip6 = *ip6;
    return part;
}

// A digit for the type, then bytes that compare like the value.
std::vector<Key> Grouping::values_of(const Part& part, const filter::Subject& subject) {
    filter::Values values;
    part.field->read(subject, values);
    std::vector<Key> out;
    for (const filter::Value& value : values) {
        std::string bytes(1, static_cast<char>('0' + static_cast<int>(value.type)));
        switch (value.type) {
            case filter::Value::Type::number: bytes += number_bytes(value.number); break;
            case filter::Value::Type::address: {
                auto address = value.address;
                mask(address,
                     value.ip_version == 4 ? mapped_bits + part.prefix_ip4 : part.prefix_ip6);
                bytes.append(address.begin(), address.end());
                break;
            }
            case filter::Value::Type::text: bytes += value.text; break;
        }
        add_different(out, {std::move(bytes), is_of_responder(value, subject.record)});
    }
    return out;
}

void Grouping::keys_of(const filter::Subject& subject, std::vector<Key>& keys) const {
    keys.clear();
    const record::FlowRecord& record = subject.record;
    if (dimension_) {
        switch (*dimension_) {
            case Dimension::total: keys.push_back({}); return;
            // As the roll-ups have it: who talks to himself counts twice.
            case Dimension::host:
                keys.push_back({host_key(record.initiator_address), false});
                keys.push_back({host_key(record.responder_address), true});
                return;
            case Dimension::port: keys.push_back({port_key(record), false}); return;
            case Dimension::protocol: keys.push_back({protocol_key(record), false}); return;
            case Dimension::pair: {
                auto [bytes, is_reversed] = pair_key(record);
                keys.push_back({std::move(bytes), is_reversed});
                return;
            }
        }
    }
    auto firsts = values_of(parts_[0], subject);
    if (parts_.size() == 1) {
        keys = std::move(firsts);
        return;
    }
    const auto seconds = values_of(parts_[1], subject);
    for (const Key& first : firsts)
        for (const Key& second : seconds)
            keys.push_back(
                {number_bytes(first.bytes.size()) + first.bytes + second.bytes, first.is_reversed});
}

std::string Grouping::text_of(const Part& part, std::string_view value) {
    const auto type = static_cast<filter::Value::Type>(value.empty() ? 0 : value[0] - '0');
    std::string text =
        value_text(*part.field, type, value.substr(std::min<size_t>(1, value.size())));
    if (!part.is_subnet) return text;
    const bool is_ip6 = text.find(':') != std::string::npos;
    return text + fmt::format("/{}", is_ip6 ? part.prefix_ip6 : part.prefix_ip4);
}

std::vector<std::string> Grouping::texts_of(std::string_view key) const {
    if (dimension_) return dimension_texts(*dimension_, key);
    if (parts_.size() == 1) return {text_of(parts_[0], key)};
    const uint64_t first_bytes = number_of(key);
    const std::string_view both = key.substr(std::min(sizeof first_bytes, key.size()));
    const auto split = std::min<size_t>(first_bytes, both.size());
    return {text_of(parts_[0], both.substr(0, split)), text_of(parts_[1], both.substr(split))};
}

bool Grouping::needs_sections() const {
    if (dimension_) return dimension_ == Dimension::protocol;
    return std::ranges::any_of(
        parts_, [](const Part& part) { return filter::needs_sections(*part.field); });
}

}  // namespace baleen::store
