#include "tests/support/ruleset_walk.h"

#include <numeric>

namespace baleen::test {
namespace {

using namespace ruleset;

template <class T>
uint64_t sum(std::span<const T> elements) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(elements.data());
    return std::accumulate(bytes, bytes + elements.size_bytes(), uint64_t{0});
}

uint64_t sum_of_rule(const Image& image, const Rule& rule) {
    uint64_t total = sum(image.blob(rule.name)) + sum(image.blob(rule.classtype)) +
                     sum(image.addresses(rule.src)) + sum(image.addresses(rule.dst)) +
                     sum(image.ports(rule.src_ports)) + sum(image.ports(rule.dst_ports)) +
                     sum(image.header_tests(rule.tests));
    for (const Step& step : image.steps(rule.steps)) total += sum(image.blob(step.bytes));
    return total;
}

}  // namespace

uint64_t read_all(const Image& image) {
    uint64_t total = sum(image.steps()) + sum(image.port_classes());
    for (const Rule& rule : image.rules()) total += sum_of_rule(image, rule);
    for (const Pattern& pattern : image.patterns())
        for (const uint32_t rule : image.pattern_rules(pattern.rules))
            total += image.rules()[rule].id;
    for (const uint16_t index : image.group_of()) total += image.groups()[index].rule_count;
    for (const Group& group : image.groups()) {
        for (const Slice list : {group.packet_rules, group.stream_rules})
            for (const uint32_t rule : image.rule_list(list)) total += image.rules()[rule].id;
        for (const uint32_t database : {group.packet_database, group.stream_database})
            if (database != absent) total += sum(image.serialised(image.databases()[database]));
    }
    for (const Database& database : image.databases()) total += sum(image.serialised(database));
    return total;
}

}  // namespace baleen::test
