// The parsed filter: a tree of conditions, and what it answers for one record.
#pragma once

#include <memory>
#include <vector>

#include "filter/field.h"
#include "filter/literal.h"

namespace re2 {
class RE2;
}

namespace baleen::filter {

enum class Operator {
    exists,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    contains,
    matches
};

struct Node {
    enum class Kind { all, any, none, compare } kind = Kind::compare;
    // all, any, none: of these
    std::vector<std::unique_ptr<Node>> children;
    // compare: one of the field's values against one of the literals
    const Field* field = nullptr;
    Operator op = Operator::exists;
    std::vector<Literal> literals;
};

bool evaluate(const Node& node, const Subject& subject);

}  // namespace baleen::filter
