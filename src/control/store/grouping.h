// What records are counted by: a dimension of the roll-ups, a field of the filter, subnets of an
// address, or two of these fields together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/store/rollup.h"
#include "filter/field.h"

namespace baleen::store {

// What is counted. Of events, and of what has no flows, records stand for flows.
enum class Measure : uint8_t { flows, packets, bytes };
std::optional<Measure> measure_of(std::string_view name);
std::string_view name_of(Measure measure);
uint64_t value_of(const Sums& sums, Measure measure, filter::Kind kind);

// What one record, or event, adds. Events have counted nothing.
Sums sums_of(const filter::Subject& subject);

// A key, and whether the sums have to be reversed for it: what its host has sent goes out.
struct Key {
    std::string bytes;
    bool is_reversed = false;
};

class Grouping {
public:
    // "host", "port", "protocol", "pair", "total"; "ip.dst", "ip.addr/24" (IPv6: /64),
    // "ip.addr/24/48", "ip.src,port.dst".
    static base::Result<Grouping> parse(std::string_view text, filter::Kind kind);
    static Grouping of(Dimension dimension);

    // The different keys of a record; of several values each counts.
    void keys_of(const filter::Subject& subject, std::vector<Key>& keys) const;
    // Keys as people write them; of pairs, ports and protocols their parts.
    std::vector<std::string> texts_of(std::string_view key) const;

    std::optional<Dimension> dimension() const { return dimension_; }
    const std::string& name() const { return name_; }
    bool needs_sections() const;

private:
    struct Part {
        const filter::Field* field = nullptr;
        uint32_t prefix_ip4 = 32;
        uint32_t prefix_ip6 = 128;
        bool is_subnet = false;
    };
    static base::Result<Part> parse_part(std::string_view text, filter::Kind kind);
    static std::vector<Key> values_of(const Part& part, const filter::Subject& subject);
    static std::string text_of(const Part& part, std::string_view value);

    std::string name_;
    std::optional<Dimension> dimension_;
    std::vector<Part> parts_;
};

}  // namespace baleen::store
