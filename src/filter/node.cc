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

bool compare_text(const Node& node, const std::string& value, const Literal& literal) {
    switch (node.op) {
        case Operator::contains: return value.find(literal.text) != std::string::npos;
        case Operator::matches: return re2::RE2::PartialMatch(value, *node.expression);
        default: return value == literal.text;
    }
}

// `contains` and `matches` look at any field as it is written.
std::string text_of(const Node& node, const Subject& subject, const Values& values,
                    uint32_t index) {
    switch (node.field->type) {
        case FieldType::address:
            return record::format_address(values.addresses[index], subject.record.ip_version);
        case FieldType::text: return values.text;
        case FieldType::protocol:
            return std::string(record::protocol_name(static_cast<uint8_t>(values.numbers[index])));
        case FieldType::reason:
            return std::string(
                record::end_reason_name(static_cast<record::EndReason>(values.numbers[index])));
        default: return std::to_string(values.numbers[index]);
    }
}

bool holds(const Node& node, const Subject& subject, const Values& values, uint32_t index,
           const Literal& literal) {
    if (node.op == Operator::contains || node.op == Operator::matches ||
        node.field->type == FieldType::text)
        return compare_text(node, text_of(node, subject, values, index), literal);
    if (node.field->type == FieldType::address) return literal.covers(values.addresses[index]);
    return compare_number(node.op, values.numbers[index], literal);
}

bool compare(const Node& node, const Subject& subject) {
    Values values;
    node.field->get(subject, values);
    if (node.op == Operator::exists || values.count == 0) return values.count > 0;
    bool found = false;
    for (uint32_t i = 0; i < values.count && !found; i++)
        for (const Literal& literal : node.literals)
            found = found || holds(node, subject, values, i, literal);
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
