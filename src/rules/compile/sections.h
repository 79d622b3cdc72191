// The sections of an image that hold rules: everything but patterns, groups and databases.
//
// Must hold: what is here depends on nothing but the rules, so that a hash of it says whether an
// image made earlier is still the right one. Bytes that stand in many rules are there once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/rule.h"

namespace baleen::rules::compile {

class Sections {
public:
    // Without the flags that the choice of patterns decides.
    void add(const Rule& rule);

    std::vector<ruleset::Rule> rules;
    std::vector<ruleset::AddressRange> addresses;
    std::vector<ruleset::PortRange> ports;
    std::vector<ruleset::HeaderTest> header_tests;
    std::vector<ruleset::Step> steps;
    std::string blob;
    uint32_t regex_count = 0;

private:
    ruleset::Slice add_text(std::string_view text);
    ruleset::Slice add_addresses(const AddressSet& set);
    ruleset::Slice add_ports(const PortSet& set);
    ruleset::Step encode(const Step& step);

    std::unordered_map<std::string, ruleset::Slice> texts_;
    std::unordered_map<std::string, ruleset::Slice> address_lists_;  // by the ranges' bytes
    std::unordered_map<std::string, ruleset::Slice> port_lists_;
};

}  // namespace baleen::rules::compile
