#include "rules/native_payload.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/rule_text.h"

namespace baleen::rules {
namespace {

constexpr std::string_view keys[] = {"depth", "flags", "literals", "offset", "pattern"};
constexpr std::string_view literal_keys[] = {"text",   "nocase", "negated",  "endswith",
                                             "offset", "depth",  "distance", "within"};
// Nothing in a packet is further away.
constexpr int64_t count_max = 1 << 20;

class PayloadReader {
public:
    PayloadReader(const toml::table& table, Rule& rule, const Complain& complain)
        : table_(table), rule_(rule), complain_(complain) {}

    void read() {
        if (const toml::node* node = table_.get("flags")) read_flags(*node);
        const toml::node* offset = table_.get("offset");
        const toml::node* depth = table_.get("depth");
        if (offset != nullptr) read_count(*offset, "offset", 0, window_.from.constant);
        if (depth != nullptr) read_count(*depth, "depth", 1, window_.length.emplace().constant);
        const toml::node* literals = table_.get("literals");
        if (literals != nullptr) read_literals(*literals);
        if (literals == nullptr && (offset != nullptr || depth != nullptr))
            complain_(offset != nullptr ? *offset : *depth,
                      "offset and depth are those of literals; a pattern begins with ^.{N,M} "
                      "instead");
        if (const toml::node* pattern = table_.get("pattern")) read_pattern(*pattern);
        else if (literals == nullptr) complain_(table_, "it has neither 'pattern' nor 'literals'");
        // To match nothing is no reason to tell of a flow.
        const bool negated = std::ranges::all_of(rule_.steps, [](const Step& step) {
            const auto* literal = std::get_if<Literal>(&step);
            return literal != nullptr && literal->negated;
        });
        if (!rule_.steps.empty() && negated)
            complain_(table_, "all its literals are negated: there is nothing to look for");
    }

private:
    void read_flags(const toml::node& node) {
        const toml::array* list = node.as_array();
        if (list == nullptr) return complain_(node, "'flags' takes a list");
        for (const toml::node& item : *list) {
            const auto flag = item.value_exact<std::string>();
            if (flag == "nocase") regex_.caseless = window_.nocase = true;
            else if (flag == "dotall") regex_.dot_all = true;
            else if (flag == "multiline") regex_.multi_line = true;
            else complain_(item, "'flags' takes nocase, dotall and multiline");
        }
    }

    void read_count(const toml::node& node, std::string_view key, int64_t low, int64_t& out) {
        const auto value = node.value_exact<int64_t>();
        if (value && *value >= low && *value <= count_max) out = *value;
        else complain_(node, fmt::format("'{}' takes a number of {} to {}", key, low, count_max));
    }

    void read_flag(const toml::node& node, std::string_view key, bool& out) {
        if (const auto value = node.value_exact<bool>()) out = *value;
        else complain_(node, fmt::format("'{}' takes true or false", key));
    }

    void read_literals(const toml::node& node) {
        const toml::array* list = node.as_array();
        if (list == nullptr || list->empty())
            return complain_(node, "'literals' takes a list of texts or { text, ... }");
        for (const toml::node& item : *list) {
            Literal literal = window_;
            if (const toml::table* table = item.as_table()) read_literal(*table, literal);
            else read_bytes(item, literal);
            if (literal.length &&
                literal.length->constant < static_cast<int64_t>(literal.bytes.size()))
                complain_(item, fmt::format("{} bytes do not fit into {}", literal.bytes.size(),
                                            literal.length->constant));
            rule_.steps.emplace_back(std::move(literal));
        }
    }

    void read_bytes(const toml::node& node, Literal& literal) {
        const auto text = node.value_exact<std::string>();
        if (!text) return complain_(node, "a literal is a text");
        if (auto bytes = parse_literal(*text)) literal.bytes = std::move(*bytes);
        else complain_(node, fmt::format("literal: {}", bytes.error().message));
    }

    void read_literal(const toml::table& table, Literal& literal) {
        const bool relative = table.contains("distance") || table.contains("within");
        if (relative && (table.contains("offset") || table.contains("depth")))
            complain_(table, "a literal has offset and depth, or distance and within");
        if (relative) {
            literal.relative = true;
            literal.from = {};
            literal.length.reset();
        }
        if (!table.contains("text")) complain_(table, "'text' is missing");
        for (const auto& [key, node] : table) {
            if (key == "text") read_bytes(node, literal);
            else if (key == "nocase") read_flag(node, key.str(), literal.nocase);
            else if (key == "negated") read_flag(node, key.str(), literal.negated);
            else if (key == "endswith") read_flag(node, key.str(), literal.at_end);
            else if (key == "offset") read_count(node, key.str(), 0, literal.from.constant);
            else if (key == "distance")
                read_count(node, key.str(), -count_max, literal.from.constant);
            else if (key == "depth" || key == "within")
                read_count(node, key.str(), 1, literal.length.emplace().constant);
            else complain_(node, unknown_key(key.str(), literal_keys));
        }
    }

    // Whether it is an expression at all is for the compiler of patterns to say.
    void read_pattern(const toml::node& node) {
        const auto text = node.value_exact<std::string>();
        if (!text || text->empty()) return complain_(node, "'pattern' takes a text");
        regex_.pattern = *text;
        rule_.steps.emplace_back(regex_);
    }

    const toml::table& table_;
    Rule& rule_;
    const Complain& complain_;
    Literal window_;  // what all literals begin with
    Regex regex_;
};

}  // namespace

std::span<const std::string_view> payload_keys() { return keys; }

bool is_payload_key(std::string_view key) { return std::ranges::find(keys, key) != std::end(keys); }

void read_payload(const toml::table& table, Rule& rule, const Complain& complain) {
    PayloadReader(table, rule, complain).read();
}

}  // namespace baleen::rules
