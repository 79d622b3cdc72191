#include "config/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>

#include "base/suggest.h"
#include "base/units.h"
#include "config/api.h"
#include "config/schema.h"
#include "config/shunt.h"
#include "config/slices.h"

#include <toml++/toml.h>

namespace baleen::config {
namespace {

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// Writes one TOML value to where a key's value lives; empty, or why it does not fit.
struct Assign {
    const toml::node& node;

    std::string wrong() const { return "has the wrong type"; }

    std::string operator()(const Flag& target) const {
        const auto value = node.value_exact<bool>();
        if (!value) return wrong();
        *target.value = *value;
        return {};
    }
    std::string operator()(const Count& target) const {
        return number(base::parse_count, *target.value, target.minimum, target.maximum);
    }
    std::string operator()(const Bytes& target) const {
        uint64_t value = 0;
        auto problem = number(base::parse_bytes, value, target.minimum, target.maximum);
        if (problem.empty() && target.power_of_two && !std::has_single_bit(value))
            problem = "is not a power of two";
        if (problem.empty()) *target.value = value;
        return problem;
    }
    std::string operator()(const Duration& target) const {
        const auto text = node.value_exact<std::string>();
        if (!text) return wrong();
        const auto ns = base::parse_duration_ns(*text);
        if (!ns) return "is wrong: " + ns.error().message;
        if (*ns < target.minimum) return "is too small";
        *target.value = *ns;
        return {};
    }
    std::string operator()(const Text& target) const {
        const auto value = node.value_exact<std::string>();
        if (!value) return wrong();
        *target.value = *value;
        return {};
    }
    std::string operator()(const Choice& target) const {
        const auto value = node.value_exact<std::string>();
        if (!value) return wrong();
        if (std::find(target.choices.begin(), target.choices.end(), *value) == target.choices.end())
            return fmt::format("cannot be '{}'", *value);
        *target.value = *value;
        return {};
    }
    std::string operator()(const TextList& target) const {
        std::vector<std::string> items;
        const auto add = [&](const toml::node& item) {
            if (const auto text = item.value_exact<std::string>()) items.push_back(*text);
            else if (const auto integer = item.value_exact<int64_t>())
                items.push_back(std::to_string(*integer));
            else return false;
            return true;
        };
        if (const toml::array* array = node.as_array()) {
            for (const toml::node& item : *array)
                if (!add(item)) return wrong();
        } else if (!add(node)) {
            return wrong();
        }
        *target.value = std::move(items);
        return {};
    }

private:
    // Integers as they are, texts with suffixes or units.
    template <class Parse>
    std::string number(Parse parse, uint64_t& out, uint64_t minimum, uint64_t maximum) const {
        uint64_t value = 0;
        if (const auto integer = node.value_exact<int64_t>()) {
            if (*integer < 0) return "is too small";
            value = static_cast<uint64_t>(*integer);
        } else if (const auto text = node.value_exact<std::string>()) {
            const auto parsed = parse(*text);
            if (!parsed) return "is wrong: " + parsed.error().message;
            value = *parsed;
        } else {
            return wrong();
        }
        if (value < minimum) return "is too small";
        if (value > maximum) return "is too large";
        out = value;
        return {};
    }
};

struct ParsedToml {
    toml::table table;
    std::string error;  // "FILE:LINE:COLUMN: ...", empty when all is well
};

// The library reports by exception; its other mode (values) asserts on some malformed keys.
ParsedToml parse_toml(std::string_view text, std::string_view name) {
    try {
        return {toml::parse(text, name), {}};
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return {{}, fmt::format("{}:{}:{}: {}", name, at.line, at.column, error.description())};
    }
}

// Names and values may hold anything; a problem is a line.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else out += c;
    return out;
}

std::string unknown_key(std::string_view name) {
    const std::string near = suggest(name);
    return fmt::format("unknown key '{}'; {}", name,
                       near.empty() ? "`baleen config explain` lists all keys"
                                    : fmt::format("did you mean '{}'?", near));
}

void assign(const std::vector<Key>& keys, const std::string& name, const toml::node& node,
            std::string_view where, Problems& problems) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
    if (key == keys.end()) {
        problems.push_back(one_line(fmt::format("{}: {}", where, unknown_key(name))));
        return;
    }
    const std::string problem = std::visit(Assign{node}, key->target);
    if (!problem.empty())
        problems.push_back(one_line(
            fmt::format("{}: '{}' {}; it takes {}", where, name, problem, format_kind(*key))));
}

void walk(const std::vector<Key>& keys, const toml::table& table, const std::string& prefix,
          std::string_view file, Problems& problems) {
    for (const auto& [part, node] : table) {
        const std::string name =
            prefix.empty() ? std::string(part.str()) : fmt::format("{}.{}", prefix, part.str());
        const bool is_section = std::ranges::any_of(
            keys, [&](const Key& key) { return key.name.starts_with(name + "."); });
        const toml::table* inner = node.as_table();
        // An empty table in place of a value, or of a section that there is not, is looked at too.
        if (inner != nullptr && (is_section || !inner->empty())) {
            walk(keys, *inner, name, file, problems);
            continue;
        }
        const auto& at = node.source().begin;
        assign(keys, name, node, fmt::format("{}:{}:{}", file, at.line, at.column), problems);
    }
}

}  // namespace

std::string suggest(std::string_view name) {
    Settings settings;
    std::vector<std::string_view> names;
    for (const Key& key : keys_of(settings)) names.push_back(key.name);
    return std::string(base::nearest(name, names));
}

Problems load_text(std::string_view toml, std::string_view name, Settings& settings) {
    const ParsedToml parsed = parse_toml(toml, name);
    if (!parsed.error.empty()) return {parsed.error};
    Problems problems;
    walk(keys_of(settings), parsed.table, "", name, problems);
    return problems;
}

Problems load_file(const std::string& path, Settings& settings) {
    std::ifstream file(path);
    file.peek();  // of a folder, say, this fails
    if (!file.is_open() || file.bad())
        return {fmt::format("{}: cannot be read; check the path and its permissions", path)};
    return load_text(std::string(std::istreambuf_iterator<char>(file), {}), path, settings);
}

Problems apply_assignment(std::string_view assignment, Settings& settings) {
    const size_t equals = assignment.find('=');
    if (equals == std::string_view::npos)
        return {
            fmt::format("--set {}: write it as KEY=VALUE, for example --set flow.idle_timeout=30s",
                        assignment)};
    const std::string name(assignment.substr(0, equals));
    const std::string value(assignment.substr(equals + 1));
    const std::string where = fmt::format("--set {}", assignment);
    // As TOML first (numbers, booleans, lists, quoted texts), then as a text whose quotes were left
    // out.
    Problems problems;
    const ParsedToml parsed = parse_toml(fmt::format("value = {}", value), where);
    const toml::value<std::string> text(value);
    const toml::node* node = parsed.error.empty() ? parsed.table.get("value") : nullptr;
    assign(keys_of(settings), name, node != nullptr && parsed.table.size() == 1 ? *node : text,
           where, problems);
    return problems;
}

namespace {

void check_shunts(const Settings& settings, Problems& problems) {
    const auto shunts = parse_shunts(settings.xdp.shunt);
    if (!shunts) return problems.push_back(shunts.error().message);
    const auto flows = static_cast<uint64_t>(std::ranges::count_if(*shunts, &Shunt::is_flow));
    if (flows > settings.xdp.shunt_flows_max)
        problems.push_back(fmt::format("xdp.shunt has {} flows, more than xdp.shunt_flows_max ({})",
                                       flows, settings.xdp.shunt_flows_max));
    if (!shunts->empty() && settings.xdp.program == "off")
        problems.push_back("xdp.shunt needs the program that xdp.program = \"off\" leaves out");
}

void check_capture(const Settings& settings, Problems& problems) {
    const Settings::Capture& capture = settings.capture;
    const auto demand = [&](bool holds, std::string_view sentence) {
        if (!holds) problems.emplace_back(sentence);
    };
    if (const auto slices = parse_slices(capture.slices); !slices)
        problems.push_back(slices.error().message);
    demand(
        capture.slices.empty() || settings.protocol.enabled,
        "capture.slices goes by application protocols, which protocol.enabled = false leaves out");
    demand(capture.history_bytes == 0 || !capture.directory.empty(),
           "capture.history is written from into capture.directory, which is not set (run -W DIR)");
    demand(capture.compression == "none" || capture.format == "pcapng",
           "capture.compression is for the format pcapng, not for pcap");
    if (capture.directory.empty()) return;
    demand(capture.select != "none" || capture.history_bytes > 0,
           "capture.select is \"none\" and there is no capture.history: nothing would be written");
    demand(capture.select != "rules" || !settings.rules.files.empty(),
           "capture.select is \"rules\", but there are no rules.files to choose flows");
}

}  // namespace

Problems check(const Settings& settings) {
    Problems problems;
    if (!settings.source.devices.empty() && !settings.source.files.empty())
        problems.push_back(
            "source.devices and source.files are both given; packets come from ports or from "
            "files");
    if (settings.flow.max_flows < settings.worker.count)
        problems.push_back(
            fmt::format("flow.max_flows is {}, fewer than the {} workers that share it",
                        settings.flow.max_flows, settings.worker.count));
    const std::string& key = settings.worker.hash_key;
    const bool is_hex =
        key.size() == 64 && key.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (key != "random" && !is_hex)
        problems.push_back("worker.hash_key must be \"random\" or 64 hexadecimal digits");
    for (const std::string& variable : settings.rules.variables)
        if (const size_t equals = variable.find('='); equals == 0 || equals == std::string::npos)
            problems.push_back(fmt::format(
                "rules.variables: \"{}\" is not NAME=VALUE, such as HOME_NET=[10.0.0.0/8]",
                variable));
    if (settings.protocol.ndpi && !BALEEN_HAS_NDPI)
        problems.push_back(
            "protocol.ndpi is true, but this build has no nDPI; build with "
            "`meson setup -Dndpi=true` (Debian: libndpi-dev), or set it to false");
    check_shunts(settings, problems);
    check_capture(settings, problems);
    for (std::string& problem : check_api(settings.api)) problems.push_back(std::move(problem));
    return problems;
}

namespace {

std::string format_keys(Settings& settings, bool commented) {
    std::string out;
    std::string_view section;
    for (const Key& key : keys_of(settings)) {
        const std::string_view part = key.name.substr(0, key.name.find('.'));
        if (part != section) out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", part);
        section = part;
        if (commented) {
            // Sentences wrapped at 100 columns.
            std::string line = "#";
            for (size_t at = 0; at < key.description.size();) {
                const size_t space =
                    std::min(key.description.find(' ', at), key.description.size());
                const std::string_view word = key.description.substr(at, space - at);
                if (line.size() + 1 + word.size() > 100) {
                    out += line + "\n";
                    line = "#";
                }
                line += " ";
                line += word;
                at = space + 1;
            }
            out += fmt::format("{}\n# ({})\n", line, format_kind(key));
        }
        out += fmt::format("{} = {}\n", last_part(key.name), format_value(key));
    }
    return out;
}

}  // namespace

std::string format_commented(Settings settings) {
    return "# Baleen's configuration: every key with its default. Sizes and durations carry their "
           "unit.\n\n" +
           format_keys(settings, true);
}

std::string format_plain(Settings settings) { return format_keys(settings, false); }

std::string explain(std::string_view name) {
    Settings settings;
    std::string out;
    for (const Key& key : keys_of(settings))
        if (name.empty() || key.name == name || key.name.starts_with(fmt::format("{}.", name)))
            out += fmt::format("{}\n    {}\n    takes: {}\n    default: {}\n", key.name,
                               key.description, format_kind(key), format_value(key));
    return out;
}

}  // namespace baleen::config
