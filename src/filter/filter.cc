// The grammar (docs/filter.md), by recursive descent.
#include "filter/filter.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <optional>

#include "base/assert.h"
#include "filter/lexer.h"
#include "filter/node.h"

namespace baleen::filter {
namespace {

// Filters come over the network too: depth and length are bounded so that parsing can't be made to
// run away.
constexpr size_t depth_max = 100;
constexpr size_t text_bytes_max = 64 * 1024;

struct OperatorName {
    std::string_view text;
    Operator op;
};
constexpr std::array operator_names = {
    OperatorName{"==", Operator::equal},         OperatorName{"=", Operator::equal},
    OperatorName{"eq", Operator::equal},         OperatorName{"!=", Operator::not_equal},
    OperatorName{"ne", Operator::not_equal},     OperatorName{"<", Operator::less},
    OperatorName{"lt", Operator::less},          OperatorName{"<=", Operator::less_equal},
    OperatorName{"le", Operator::less_equal},    OperatorName{">", Operator::greater},
    OperatorName{"gt", Operator::greater},       OperatorName{">=", Operator::greater_equal},
    OperatorName{"ge", Operator::greater_equal}, OperatorName{"contains", Operator::contains},
    OperatorName{"matches", Operator::matches},
};

class Parser {
public:
    Parser(std::vector<Token> tokens, Kind kind) : tokens_(std::move(tokens)), kind_(kind) {}

    std::unique_ptr<Node> parse() {
        auto node = any();
        if (node && !at_end())
            fail(fmt::format("'{}' was not expected; join conditions with && or ||", here().text));
        return error_ ? nullptr : std::move(node);
    }
    const std::optional<FilterError>& error() const { return error_; }

private:
    using NodePtr = std::unique_ptr<Node>;

    const Token& here() const { return tokens_[at_]; }
    bool at_end() const { return here().kind == TokenKind::end; }
    bool is(std::string_view text) const {
        return here().kind != TokenKind::quoted && here().text == text;
    }
    bool next_is(std::string_view text) const {
        return at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == text;
    }
    bool accept(std::string_view text) {
        if (at_end() || !is(text)) return false;
        at_++;
        return true;
    }
    NodePtr fail(std::string message) {
        if (!error_) error_ = FilterError{here().offset, std::move(message)};
        return nullptr;
    }
    static NodePtr group(Node::Kind kind, NodePtr first) {
        auto node = std::make_unique<Node>();
        node->kind = kind;
        node->children.push_back(std::move(first));
        return node;
    }

    // any := all (('||' | 'or') all)*
    NodePtr any() {
        NodePtr node = all();
        if (!node || !(is("||") || is("or"))) return node;
        node = group(Node::Kind::any, std::move(node));
        while (accept("||") || accept("or")) {
            NodePtr right = all();
            if (!right) return nullptr;
            node->children.push_back(std::move(right));
        }
        return node;
    }

    // all := unary (('&&' | 'and') unary)*
    NodePtr all() {
        NodePtr node = unary();
        if (!node || !(is("&&") || is("and"))) return node;
        node = group(Node::Kind::all, std::move(node));
        while (accept("&&") || accept("and")) {
            NodePtr right = unary();
            if (!right) return nullptr;
            node->children.push_back(std::move(right));
        }
        return node;
    }

    // unary := ('!' | 'not') unary | '(' any ')' | shorthand | comparison
    NodePtr unary() {
        if (++depth_ > depth_max) return fail("nested too deeply");
        NodePtr node;
        if (accept("!") || accept("not")) {
            node = unary();
            if (node) node = group(Node::Kind::none, std::move(node));
        } else if (accept("(")) {
            node = any();
            if (node && !accept(")")) node = fail("a closing ) is missing");
        } else {
            node = starts_shorthand() ? shorthand() : comparison();
        }
        depth_--;
        return node;
    }

    bool starts_shorthand() const {
        if (is("host") || is("net")) return true;
        // `port` is a field as well: "port == 53".
        const auto begins_number = [&](size_t i) {
            return i < tokens_.size() && tokens_[i].kind == TokenKind::word &&
                   !tokens_[i].text.empty() && tokens_[i].text[0] >= '0' &&
                   tokens_[i].text[0] <= '9';
        };
        if (is("port") || is("portrange")) return begins_number(at_ + 1);
        return (is("src") || is("dst")) &&
               (next_is("host") || next_is("net") || next_is("port") || next_is("portrange"));
    }

    // shorthand := ['src' | 'dst'] ('host' ADDRESS | 'net' PREFIX | 'port' NUMBER | 'portrange'
    // A-B)
    NodePtr shorthand() {
        const bool src = accept("src");
        const bool dst = !src && accept("dst");
        const bool ports = is("port") || is("portrange");
        at_++;
        auto node = std::make_unique<Node>();
        node->field = find_field(ports ? (src   ? "port.src"
                                          : dst ? "port.dst"
                                                : "port")
                                       : (src   ? "ip.src"
                                          : dst ? "ip.dst"
                                                : "ip.addr"),
                                 kind_);
        node->op = Operator::equal;
        std::string text = here().text;
        if (ports)
            if (const size_t dash = text.find('-'); dash != std::string::npos)
                text.replace(dash, 1, "..");
        return literal(*node, text) ? std::move(node) : nullptr;
    }

    // comparison := FIELD [operator value | 'in' '{' value+ '}']; a protocol before a shorthand
    // joins it by &&.
    NodePtr comparison() {
        if (at_end()) return fail("a condition is missing here");
        if (here().kind != TokenKind::word)
            return fail(fmt::format("'{}' is not a field", here().text));
        const Field* field = find_field(here().text, kind_);
        if (field == nullptr) return unknown_field(here().text);
        at_++;
        auto node = std::make_unique<Node>();
        node->field = field;
        if (field->type == FieldType::presence && starts_shorthand()) {
            node = group(Node::Kind::all, std::move(node));
            NodePtr right = shorthand();
            if (!right) return nullptr;
            node->children.push_back(std::move(right));
            return node;
        }
        const bool negated_in = is("not") && next_is("in");
        if (negated_in) at_++;
        if (is("in")) {
            node->op = negated_in ? Operator::not_equal : Operator::equal;
            if (!check_type(*node)) return nullptr;
            at_++;
            return set(*node) ? std::move(node) : nullptr;
        }
        for (const OperatorName& name : operator_names) {
            if (!is(name.text)) continue;
            node->op = name.op;
            if (!check_type(*node)) return nullptr;
            at_++;
            if (is("[") || is("{")) return set(*node) ? std::move(node) : nullptr;
            return literal(*node, here().text) ? std::move(node) : nullptr;
        }
        return node;
    }

    // Of whom a field is that the filter's subjects do not have.
    std::string_view whose(const Field& field) const {
        const bool is_of_flows = includes(field.kinds, Kind::flow);
        const bool is_of_events = includes(field.kinds, Kind::event);
        if (kind_ == Kind::packet)
            return is_of_flows ? "flows, not of packets" : "events, not of packets";
        if (!is_of_flows && !is_of_events) return "packets";
        if (kind_ == Kind::flow) return "events, not of flows";
        return is_of_flows ? "flows, not of these events" : "other events, not of these";
    }

    NodePtr unknown_field(const std::string& name) {
        if (const Field* other = find_field(name, Kind::any); other != nullptr)
            return fail(fmt::format("'{}' is a field of {}", name, whose(*other)));
        const auto near = suggest_field(name, kind_);
        return fail(near.empty()
                        ? fmt::format("unknown field '{}'", name)
                        : fmt::format("unknown field '{}'; did you mean '{}'?", name, near));
    }

    static bool has_order(FieldType type) {
        return type == FieldType::number || type == FieldType::duration ||
               type == FieldType::time || type == FieldType::protocol;
    }

    bool check_type(const Node& node) {
        const FieldType type = node.field->type;
        const bool ordered = node.op >= Operator::less && node.op <= Operator::greater_equal;
        if (type == FieldType::presence)
            fail(fmt::format("'{}' is there or not; it has no value", node.field->name));
        else if (ordered && !has_order(type))
            fail(fmt::format("'{}' has no order; use == or in", node.field->name));
        return !error_;
    }

    // set := '{' value (','? value)* '}', or with [ ]
    bool set(Node& node) {
        const bool square = is("[");
        const size_t begin = at_;
        if (!accept("{") && !accept("[")) {
            fail("a set is missing here, like {80 443}");
            return false;
        }
        while (!accept(square ? "]" : "}")) {
            if (at_end()) {
                fail(fmt::format("a closing {} is missing", square ? "]" : "}"));
                return false;
            }
            if (!literal(node, here().text)) return false;
            accept(",");
        }
        if (node.literals.empty()) {
            at_ = begin;
            fail("the set is empty");
        }
        return !error_;
    }

    bool literal(Node& node, const std::string& text) {
        if (here().kind != TokenKind::word && here().kind != TokenKind::quoted) {
            fail("a value is missing here");
            return false;
        }
        if (node.op == Operator::matches) {
            re2::RE2::Options options;
            options.set_log_errors(false);
            options.set_max_mem(1 << 20);
            auto expression = std::make_shared<re2::RE2>(text, options);
            if (!expression->ok())
                fail(fmt::format("this expression is wrong: {}", expression->error()));
            node.literals.emplace_back().expression = std::move(expression);
        } else {
            const FieldType type =
                node.op == Operator::contains ? FieldType::text : node.field->type;
            auto parsed = parse_literal(type, text);
            if (parsed) node.literals.push_back(std::move(*parsed));
            else fail(parsed.error().message);
        }
        if (error_) return false;
        at_++;
        return true;
    }

    std::vector<Token> tokens_;
    Kind kind_;
    size_t at_ = 0;
    size_t depth_ = 0;
    std::optional<FilterError> error_;
};

}  // namespace

Filter::Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

FilterResult<Filter> Filter::parse(std::string_view text, Kind kind) {
    if (text.size() > text_bytes_max) return FilterError{text_bytes_max, "the filter is too long"};
    auto tokens = tokenize(text);
    if (const auto* error = std::get_if<FilterError>(&tokens)) return *error;
    Filter filter;
    if (std::get<0>(tokens).size() == 1) return filter;
    Parser parser(std::move(std::get<0>(tokens)), kind);
    filter.root_ = parser.parse();
    if (parser.error()) return *parser.error();
    BALEEN_ASSERT(filter.root_ != nullptr);
    return filter;
}

bool Filter::matches(const Subject& subject) const {
    return root_ == nullptr || evaluate(*root_, subject);
}

namespace {

constexpr Filter::Range nothing = {1, 0};

Filter::Range range_of(Operator op, const Literal& literal) {
    switch (op) {
        case Operator::equal: return {literal.low, literal.high};
        case Operator::less: return literal.low == 0 ? nothing : Filter::Range{0, literal.low - 1};
        case Operator::less_equal: return {0, literal.high};
        case Operator::greater:
            return literal.high == UINT64_MAX ? nothing
                                              : Filter::Range{literal.high + 1, UINT64_MAX};
        case Operator::greater_equal: return {literal.low, UINT64_MAX};
        default: return {};
    }
}

}  // namespace

Filter::Range Filter::required_range(std::string_view field_name) const {
    Range range;
    const auto narrow = [&](const Node& node) {
        if (node.kind != Node::Kind::compare || node.field->name != field_name ||
            node.literals.size() != 1)
            return;
        const auto [low, high] = range_of(node.op, node.literals[0]);
        range = {std::max(range.low, low), std::min(range.high, high)};
    };
    if (root_ == nullptr) return range;
    narrow(*root_);
    if (root_->kind == Node::Kind::all)
        for (const auto& child : root_->children) narrow(*child);
    return range;
}

std::string format_error(std::string_view text, const FilterError& error) {
    return fmt::format("{}\n{:>{}} {}", text, "^", error.offset + 1, error.message);
}

}  // namespace baleen::filter
