#include "rules/native_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "rules/native_payload.h"
#include "rules/scope.h"

namespace baleen::rules {
namespace {

// Reads one rule; every reader complains about its own node.
class RuleReader {
public:
    RuleReader(const toml::table& table, Networks& networks, const Complain& complain)
        : table_(table), networks_(networks), complain_(complain) {}

    Rule read() {
        using Reader = void (RuleReader::*)(const toml::node&);
        static const std::map<std::string_view, Reader> readers = {
            {"action", &RuleReader::read_action},     {"direction", &RuleReader::read_direction},
            {"dst", &RuleReader::read_dst},           {"dst_port", &RuleReader::read_dst_port},
            {"flow", &RuleReader::read_flow},         {"id", &RuleReader::read_id},
            {"limit", &RuleReader::read_limit},       {"name", &RuleReader::read_name},
            {"protocol", &RuleReader::read_protocol}, {"references", &RuleReader::read_references},
            {"rev", &RuleReader::read_rev},           {"severity", &RuleReader::read_severity},
            {"src", &RuleReader::read_src},           {"src_port", &RuleReader::read_src_port},
            {"tags", &RuleReader::read_tags},
        };
        for (const auto& [key, node] : table_) {
            const auto found = readers.find(key.str());
            if (found != readers.end()) (this->*found->second)(node);
            else if (!is_payload_key(key.str())) complain_(node, unknown(key.str(), readers));
        }
        read_payload(table_, rule_, complain_);
        for (const std::string_view key : {"id", "name"})
            if (!table_.contains(key)) complain_(table_, fmt::format("'{}' is missing", key));
        decide_scope(rule_);
        return std::move(rule_);
    }

private:
    template <class Map>
    static std::string unknown(std::string_view key, const Map& readers) {
        std::vector<std::string_view> names(payload_keys().begin(), payload_keys().end());
        for (const auto& reader : readers) names.push_back(reader.first);
        return unknown_key(key, names);
    }

    void read_count(const toml::node& node, std::string_view key, uint32_t low, uint32_t high,
                    uint32_t& out) {
        const auto value = node.value_exact<int64_t>();
        if (value && *value >= low && *value <= high) out = static_cast<uint32_t>(*value);
        else complain_(node, fmt::format("'{}' takes a number of {} to {}", key, low, high));
    }

    void read_text(const toml::node& node, std::string_view key, std::string& out) {
        if (const auto value = node.value_exact<std::string>()) out = *value;
        else complain_(node, fmt::format("'{}' takes a text", key));
    }

    void read_texts(const toml::node& node, std::string_view key, std::vector<std::string>& out) {
        const toml::array* list = node.as_array();
        if (list == nullptr) return complain_(node, fmt::format("'{}' takes a list of texts", key));
        for (const toml::node& item : *list) read_text(item, key, out.emplace_back());
    }

    template <class Value, size_t n>
    void read_choice(const toml::node& node, std::string_view key,
                     const std::pair<std::string_view, Value> (&choices)[n], Value& out) {
        const auto value = node.value_exact<std::string>();
        std::vector<std::string_view> names;
        for (const auto& [name, meaning] : choices) {
            names.push_back(name);
            if (!value || name != *value) continue;
            out = meaning;
            return;
        }
        complain_(node, fmt::format("'{}' is one of {}", key, fmt::join(names, ", ")));
    }

    void read_addresses(const toml::node& node, std::string_view key, AddressSet& out) {
        std::string text;
        if (!read_set(node, text))
            return complain_(node, fmt::format("'{}' takes addresses, in a text or a list", key));
        if (auto set = networks_.addresses(text)) out = std::move(*set);
        else complain_(node, fmt::format("'{}': {}", key, set.error().message));
    }

    void read_ports(const toml::node& node, std::string_view key, PortSet& out) {
        std::string text;
        if (!read_set(node, text))
            return complain_(node, fmt::format("'{}' takes ports, in a number, text or list", key));
        std::ranges::replace(text, '-', ':');
        if (auto set = networks_.ports(text)) out = std::move(*set);
        else complain_(node, fmt::format("'{}': {}", key, set.error().message));
    }

    void read_id(const toml::node& node) { read_count(node, "id", 1, 0xffffffff, rule_.id); }
    void read_rev(const toml::node& node) { read_count(node, "rev", 0, 0xffffffff, rule_.rev); }
    void read_severity(const toml::node& node) {
        read_count(node, "severity", 1, 255, rule_.severity);
    }
    void read_name(const toml::node& node) { read_text(node, "name", rule_.name); }
    void read_tags(const toml::node& node) { read_texts(node, "tags", rule_.tags); }
    void read_references(const toml::node& node) {
        read_texts(node, "references", rule_.references);
    }
    void read_src(const toml::node& node) { read_addresses(node, "src", rule_.src); }
    void read_dst(const toml::node& node) { read_addresses(node, "dst", rule_.dst); }
    void read_src_port(const toml::node& node) { read_ports(node, "src_port", rule_.src_ports); }
    void read_dst_port(const toml::node& node) { read_ports(node, "dst_port", rule_.dst_ports); }

    void read_action(const toml::node& node) {
        static constexpr std::pair<std::string_view, Action> choices[] = {
            {"tag", Action::tag}, {"alert", Action::alert}, {"capture", Action::capture}};
        read_choice(node, "action", choices, rule_.action);
    }
    void read_protocol(const toml::node& node) {
        static constexpr std::pair<std::string_view, Protocol> choices[] = {
            {"ip", Protocol::ip},
            {"tcp", Protocol::tcp},
            {"udp", Protocol::udp},
            {"icmp", Protocol::icmp}};
        read_choice(node, "protocol", choices, rule_.protocol);
    }
    void read_direction(const toml::node& node) {
        using Side = FlowCondition::Side;
        static constexpr std::pair<std::string_view, Side> choices[] = {
            {"any", Side::any}, {"to_server", Side::to_server}, {"to_client", Side::to_client}};
        // both: whichever of the two ends is the source.
        rule_.both_directions = node.value_exact<std::string>() == "both";
        if (!rule_.both_directions) read_choice(node, "direction", choices, rule_.flow.side);
    }
    void read_flow(const toml::node& node) {
        using State = FlowCondition::State;
        static constexpr std::pair<std::string_view, State> choices[] = {
            {"any", State::any},
            {"established", State::established},
            {"not_established", State::not_established}};
        read_choice(node, "flow", choices, rule_.flow.state);
    }

    void read_limit(const toml::node& node) {
        using Kind = RateLimit::Kind;
        using Track = RateLimit::Track;
        static constexpr std::pair<std::string_view, Kind> kinds[] = {
            {"limit", Kind::limit},
            {"threshold", Kind::threshold},
            {"both", Kind::both},
            {"exceeded", Kind::exceeded}};
        static constexpr std::pair<std::string_view, Track> tracks[] = {
            {"by_src", Track::by_src},
            {"by_dst", Track::by_dst},
            {"by_both", Track::by_both},
            {"by_rule", Track::by_rule}};
        const toml::table* table = node.as_table();
        if (table == nullptr)
            return complain_(node, "'limit' takes { type, track, count, seconds }");
        RateLimit& limit = rule_.rate_limit.emplace();
        for (const auto& [key, value] : *table) {
            if (key == "type") read_choice(value, "limit.type", kinds, limit.kind);
            else if (key == "track") read_choice(value, "limit.track", tracks, limit.track);
            else if (key == "count") read_count(value, "limit.count", 1, 0xffffffff, limit.count);
            else if (key == "seconds")
                read_count(value, "limit.seconds", 1, 0xffffffff, limit.seconds);
            else {
                static constexpr std::string_view known[] = {"type", "track", "count", "seconds"};
                complain_(value, unknown_key(key.str(), known));
            }
        }
    }

    const toml::table& table_;
    Networks& networks_;
    const Complain& complain_;
    Rule rule_;
};

}  // namespace

Rule read_native_rule(const toml::table& table, Networks& networks, const Complain& complain) {
    return RuleReader(table, networks, complain).read();
}

bool read_set(const toml::node& node, std::string& text) {
    if (const auto value = node.value_exact<std::string>()) {
        text += *value;
        return true;
    }
    if (const auto value = node.value_exact<int64_t>()) {
        text += std::to_string(*value);
        return true;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty()) return false;
    text += '[';
    for (const toml::node& item : *list) {
        if (text.back() != '[') text += ',';
        if (item.is_array() || !read_set(item, text)) return false;
    }
    text += ']';
    return true;
}

std::string unknown_key(std::string_view name, std::span<const std::string_view> known) {
    const std::string_view near = base::nearest(name, known);
    return fmt::format("unknown key '{}'{}", name,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace baleen::rules
