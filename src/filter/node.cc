#include "filter/node.h"

#include <re2/re2.h>

#include <algorithm>

#include "record/names.h"

namespace baleen::filter {
namespace {

bool compare_number(Operator op, uint64_t value, const Literal& literal) {
    switch (op) {
        case Operator::less: return value < literal.low;
        case Operator::less_equal: return value <= literal.high;
        case Operator::greater: return value > literal.high;
        case Operator::greater_equal: return value >= literal.low;
        default: return literal.covers(value);
    }
}

bool compare_text(const Node& node, std::string_view value, const Literal& literal) {
    switch (node.op) {
        case Operator::contains: return value.find(literal.text) != std::string_view::npos;
        case Operator::matches: return re2::RE2::PartialMatch(value, *literal.expression);
        default: return value == literal.text;
    }
}

// `contains` and `matches` look at any field as it is written.
std::string text_of(const Node& node, const Value& value) {
    if (value.type == Value::Type::address)
        return record::format_address(value.address.data(), value.ip_version);
    switch (node.field->type) {
        case FieldType::protocol: {
            const auto name = record::protocol_name(static_cast<uint8_t>(value.number));
            return name.empty() ? std::to_string(value.number) : std::string(name);
        }
        case FieldType::reason:
            return std::string(
                record::end_reason_name(static_cast<record::EndReason>(value.number)));
        case FieldType::flag: return value.number != 0 ? "true" : "false";
        default: return std::to_string(value.number);
    }
}

bool holds(const Node& node, const Value& value, const Literal& literal) {
    if (value.type == Value::Type::text) return compare_text(node, value.text, literal);
    if (node.op == Operator::contains || node.op == Operator::matches)
        return compare_text(node, text_of(node, value), literal);
    if (value.type == Value::Type::address)
        return literal.has_address && literal.covers(value.address.data());
    return compare_number(node.op, value.number, literal);
}

// A flag alone asks whether it is set, any other field whether it is there.
bool exists(const Field& field, const Values& values) {
    if (field.type != FieldType::flag) return !values.empty();
    return std::any_of(values.begin(), values.end(),
                       [](const Value& value) { return value.number != 0; });
}

bool compare(const Node& node, const Subject& subject) {
    Values values;
    node.field->read(subject, values);
    if (node.op == Operator::exists) return exists(*node.field, values);
    if (values.empty()) return false;
    const bool found = std::any_of(values.begin(), values.end(), [&](const Value& value) {
        return std::any_of(node.literals.begin(), node.literals.end(),
                           [&](const Literal& literal) { return holds(node, value, literal); });
    });
    // Wireshark 4: != is true if the field is there and no value of it is equal.
    return node.op == Operator::not_equal ? !found : found;
}

}  // namespace

bool evaluate(const Node& node, const Subject& subject) {
    const auto holds_for = [&](const std::unique_ptr<Node>& child) {
        return evaluate(*child, subject);
    };
    switch (node.kind) {
        case Node::Kind::all:
            return std::all_of(node.children.begin(), node.children.end(), holds_for);
        case Node::Kind::any:
            return std::any_of(node.children.begin(), node.children.end(), holds_for);
        case Node::Kind::none:
            return std::none_of(node.children.begin(), node.children.end(), holds_for);
        case Node::Kind::compare: return compare(node, subject);
    }
    return false;
}

}  // namespace baleen::filter
