#include "rules/scope.h"

#include <algorithm>

namespace baleen::rules {
namespace {

bool is_packet_test(const HeaderTest& test) {
    // The protocol is that of the flow; everything else may differ from packet to packet.
    const auto* field = std::get_if<FieldTest>(&test);
    return field == nullptr || field->field != Field::ip_protocol;
}

// The step counts from the start or the end of what it is given.
struct KnowsEnds {
    bool operator()(const Literal& step) const {
        return step.at_end || (!step.relative && (step.from != Number{} || step.length));
    }
    bool operator()(const Regex& step) const {
        return (step.anchored && !step.relative) || has_anchor(step);
    }
    bool operator()(const IsDataAt& step) const { return step.negated || !step.relative; }
    bool operator()(const ByteTest& step) const { return !step.number.relative; }
    bool operator()(const ByteExtract& step) const { return !step.number.relative; }
    bool operator()(const ByteJump& step) const {
        return !step.number.relative || step.origin != ByteJump::Origin::behind_number;
    }
};

void set(Rule& rule, Scope scope, const char* reason) {
    rule.scope = scope;
    rule.scope_reason = reason;
}

}  // namespace

bool has_anchor(const Regex& regex) {
    const std::string& text = regex.pattern;
    bool in_class = false;
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == '\\') {
            const char escaped = ++i < text.size() ? text[i] : '\0';
            if (!in_class && (escaped == 'A' || escaped == 'G' || escaped == 'z' || escaped == 'Z'))
                return true;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
            // A ] that comes first is a member, also behind a negation.
            if (i + 1 < text.size() && text[i + 1] == '^') i++;
            if (i + 1 < text.size() && text[i + 1] == ']') i++;
        } else if (c == '$' || (c == '^' && !regex.relative)) {
            return true;
        }
    }
    return false;
}

void decide_scope(Rule& rule) {
    using Data = FlowCondition::Data;
    if (rule.protocol == Protocol::udp || rule.protocol == Protocol::icmp)
        return set(rule, Scope::packet, "datagrams");
    if (rule.steps.empty()) return set(rule, Scope::packet, "headers alone");
    if (std::ranges::any_of(rule.header_tests, is_packet_test))
        return set(rule, Scope::packet, "tests the headers of each packet");
    if (rule.flow.data == Data::packets_only)
        return set(rule, Scope::packet, "asks for packets only");
    if (rule.flow.data == Data::stream_only)
        return set(rule, Scope::stream, "asks for the stream only");
    const auto knows_ends = [](const Step& step) { return std::visit(KnowsEnds{}, step); };
    if (std::ranges::any_of(rule.steps, knows_ends))
        return set(rule, Scope::either, "counts from the start or the end of the data");
    set(rule, Scope::stream, "looks for bytes wherever they are");
}

}  // namespace baleen::rules
