// Addresses and ports as rules write them: lists in lists, negation, variables, ranges.
//
// A list is what is in one of its plain items (in anything, if all are negated) and in none of the
// negated ones. A list in a list, and a variable, count as if their items stood there; behind a !
// each of these is negated. Suricata and Snort both read lists so.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/range_set.h"

namespace baleen::rules {

enum class Dialect { suricata, snort3 };

// Values of $NAMES, as text. An address or a port: whoever uses it says which.
using Variables = std::map<std::string, std::string, std::less<>>;

// What the engine's own configuration comes with, except that in both dialects HOME_NET is the
// private addresses and EXTERNAL_NET all others.
Variables default_variables(Dialect dialect);

// Reads expressions of one set of variables, and each variable once.
class Networks {
public:
    explicit Networks(Variables variables) : variables_(std::move(variables)) {}

    base::Result<AddressSet> addresses(std::string_view text);
    base::Result<PortSet> ports(std::string_view text);

    const Variables& variables() const { return variables_; }

    // What to add, and what to take away from that.
    template <class Set>
    struct Signed {
        Set plain;
        Set negated;
    };

private:
    Variables variables_;
    // By name; read before, or wrong.
    std::map<std::string, base::Result<Signed<AddressSet>>, std::less<>> addresses_;
    std::map<std::string, base::Result<Signed<PortSet>>, std::less<>> ports_;
};

}  // namespace baleen::rules
