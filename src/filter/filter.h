// The filter of flows and events: Wireshark's manner of saying which are meant, with pcap's
// shorthands.
//
//     ip.addr == 10.0.0.0/8 && tcp.port in {80 443} && flow.bytes > 1MB
//     host 10.0.0.1 and not port 53
//     flow.start >= 2024-05-01T12:00:00Z or flow.duration > 30s
//     rule.name contains "exploit" && severity <= 2
//
// docs/filter.md has the grammar. A field with several values (ip.addr, port, vlan.id) matches if
// one of them does; != and `not` are true only if none does, as in Wireshark 4.
//
// Errors carry the offset where the text went wrong, so that every surface can point at it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "filter/field.h"

namespace baleen::filter {

struct FilterError {
    size_t offset;
    std::string message;
};

template <class T>
using FilterResult = std::variant<T, FilterError>;

struct Node;

class Filter {
public:
    // Matches everything.
    Filter();
    Filter(Filter&&) noexcept;
    Filter& operator=(Filter&&) noexcept;
    ~Filter();

    // Empty text matches everything. Fields that `kind` does not have are errors.
    static FilterResult<Filter> parse(std::string_view text, Kind kind = Kind::flow);

    bool matches(const Subject& subject) const;

    // The one value that a field must have for anything to match, if the filter says so: with it an
    // index finds candidates.
    std::optional<uint64_t> required_value(std::string_view field_name) const;

    // For those who look things up by what it demands (node.h); nullptr: it matches everything.
    const Node* root() const { return root_.get(); }

private:
    std::unique_ptr<Node> root_;
};

// The text, a line with a caret under the offset, and the message.
std::string format_error(std::string_view text, const FilterError& error);

}  // namespace baleen::filter
