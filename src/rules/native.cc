#include "rules/native.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "rules/native_rule.h"
#include "rules/rule_text.h"

#include <toml++/toml.h>

namespace baleen::rules {
namespace {

struct Parsed {
    toml::table table;
    std::optional<Problem> problem;
};

// The library reports by exception; its other mode (values) asserts on some malformed keys.
Parsed parse(std::string_view text, const std::string& file, size_t lines_before) {
    try {
        return {toml::parse(text), std::nullopt};
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return {{},
                Problem{file, at.line + lines_before, at.column, std::string(error.description())}};
    }
}

// The text up to the first [[rule]], then each rule up to the next one.
struct Piece {
    std::string_view text;
    size_t lines_before;
};

std::vector<Piece> split_pieces(std::string_view text) {
    std::vector<Piece> pieces = {{text, 0}};
    size_t from = 0;
    size_t line = 0;
    for (size_t at = 0; at < text.size(); line++) {
        const size_t end = std::min(text.find('\n', at), text.size());
        if (trim(text.substr(at, end - at)).starts_with("[[rule]]")) {
            pieces.back().text = text.substr(from, at - from);
            pieces.push_back({text.substr(at), line});
            from = at;
        }
        at = end + 1;
    }
    return pieces;
}

class File {
public:
    File(std::string file, Variables variables)
        : file_(std::move(file)), variables_(std::move(variables)) {}

    void read_variables(const toml::table& table, size_t lines_before) {
        for (const auto& [key, node] : table) {
            if (key == "rule") continue;
            if (key != "variables" || !node.is_table()) {
                const std::string_view known[] = {"variables", "rule"};
                add(node, lines_before, unknown_key(key.str(), known));
                continue;
            }
            for (const auto& [name, value] : *node.as_table()) {
                std::string text;
                if (read_set(value, text)) variables_[std::string(name.str())] = text;
                else add(value, lines_before, fmt::format("variable '{}' is no set", name.str()));
            }
        }
    }

    void read_rules(const toml::table& table, size_t lines_before) {
        const toml::node* rules = table.get("rule");
        if (rules == nullptr) return;
        const toml::array* list = rules->as_array();
        if (list == nullptr) return add(*rules, lines_before, "rules are written as [[rule]]");
        Networks networks(variables_);
        for (const toml::node& node : *list) {
            const toml::table* rule = node.as_table();
            if (rule == nullptr) {
                add(node, lines_before, "rules are written as [[rule]]");
                continue;
            }
            const size_t before = out.problems.size();
            Rule read =
                read_native_rule(*rule, networks, [&](const toml::node& at, std::string why) {
                    add(at, lines_before, std::move(why));
                });
            read.file = file_;
            read.line = node.source().begin.line + lines_before;
            if (out.problems.size() > before) out.invalid++;
            else out.rules.push_back(std::move(read));
        }
    }

    NativeRules out;

private:
    void add(const toml::node& node, size_t lines_before, std::string why) {
        const auto& at = node.source().begin;
        out.problems.push_back({file_, at.line + lines_before, at.column, std::move(why)});
    }

    std::string file_;
    Variables variables_;
};

}  // namespace

NativeRules parse_native(std::string_view text, const std::string& file, Variables variables) {
    File reader(file, std::move(variables));
    if (Parsed whole = parse(text, file, 0); !whole.problem) {
        reader.read_variables(whole.table, 0);
        reader.read_rules(whole.table, 0);
        return std::move(reader.out);
    }
    for (const Piece& piece : split_pieces(text)) {
        Parsed parsed = parse(piece.text, file, piece.lines_before);
        if (parsed.problem) {
            reader.out.problems.push_back(std::move(*parsed.problem));
            reader.out.invalid++;
            continue;
        }
        reader.read_variables(parsed.table, piece.lines_before);
        reader.read_rules(parsed.table, piece.lines_before);
    }
    return std::move(reader.out);
}

}  // namespace baleen::rules
