#include "rules/compile/port_classes.h"

#include <algorithm>
#include <bitset>
#include <limits>
#include <map>
#include <unordered_map>

#include "base/assert.h"

namespace baleen::rules::compile {
namespace {

// Real sets write a few hundred different sets of ports. Rules of further ones are looked for at
// every port: right all the same, and it bounds what a file with a million of them can cost.
constexpr size_t port_set_max = 1024;
using Membership = std::bitset<port_set_max>;  // which sets of ports hold a port

// Above this, small classes are put together without looking for the best pair of all.
constexpr size_t pair_search_max = 128;

struct PortSetRules {
    PortSet ports;
    std::vector<uint32_t> rules;
};

struct Class {
    Membership members;
    double weight = 0;  // share of the traffic
    uint32_t port_count = 0;
};

// Shares of traffic, by experience of common networks and roughly: what counts is their order.
double weight_of(uint32_t port) {
    for (const uint32_t busiest : {80u, 443u})
        if (port == busiest) return 1000;
    for (const uint32_t common :
         {21u,   22u,   23u,   25u,   53u,   110u,  123u,  139u,  143u,  161u,
          389u,  445u,  465u,  587u,  993u,  995u,  1433u, 1883u, 3128u, 3306u,
          3389u, 5060u, 5222u, 5432u, 6379u, 8000u, 8080u, 8443u, 9200u})
        if (port == common) return 100;
    // All others together about as much as one of the busiest.
    return port < 1024 ? 0.5 : 0.01;
}

// Rules by set of ports: those that hold all ports, and the others, the most used sets first.
struct Sorted {
    std::vector<uint32_t> everywhere;
    std::vector<PortSetRules> sets;
};

Sorted sort_members(const std::vector<PortMember>& members) {
    struct Less {
        bool operator()(const PortSet& a, const PortSet& b) const {
            return std::ranges::lexicographical_compare(
                a.ranges(), b.ranges(), [](const auto& left, const auto& right) {
                    return std::pair(left.first, left.last) < std::pair(right.first, right.last);
                });
        }
    };
    std::map<PortSet, std::vector<uint32_t>, Less> by_ports;
    for (const PortMember& member : members) by_ports[member.ports].push_back(member.rule);
    Sorted sorted;
    for (auto& [ports, rules] : by_ports) {
        if (ports.empty()) continue;
        if (ports.is_all()) sorted.everywhere = std::move(rules);
        else sorted.sets.push_back({ports, std::move(rules)});
    }
    std::ranges::stable_sort(sorted.sets, std::greater{},
                             [](const PortSetRules& set) { return set.rules.size(); });
    for (size_t i = port_set_max; i < sorted.sets.size(); i++)
        sorted.everywhere.insert(sorted.everywhere.end(), sorted.sets[i].rules.begin(),
                                 sorted.sets[i].rules.end());
    if (sorted.sets.size() > port_set_max) sorted.sets.resize(port_set_max);
    return sorted;
}

class Divider {
public:
    Divider(Sorted sorted, uint32_t class_max) : sorted_(std::move(sorted)), max_(class_max) {}

    PortClassing divide() {
        sweep();
        while (classes_.size() > std::max<size_t>(max_, pair_search_max)) merge_lightest();
        while (merge_best_pair()) {
        }
        return finish();
    }

private:
    static constexpr uint32_t port_count = ruleset::port_count;

    // Equal membership, equal class.
    void sweep() {
        std::vector<std::pair<uint32_t, uint32_t>> changes;  // a port, and the set that begins or
                                                             // has ended there
        for (uint32_t i = 0; i < sorted_.sets.size(); i++)
            for (const auto& range : sorted_.sets[i].ports.ranges()) {
                changes.emplace_back(range.first, i);
                changes.emplace_back(range.last + 1u, i);
            }
        std::ranges::sort(changes);
        std::unordered_map<Membership, uint32_t> known;
        Membership members;
        uint32_t current = 0;
        size_t next_change = 0;
        for (uint32_t port = 0; port < port_count; port++) {
            const size_t changed = next_change;
            for (; next_change < changes.size() && changes[next_change].first == port;
                 next_change++)
                members.flip(changes[next_change].second);
            if (port == 0 || next_change != changed) {
                const auto next = static_cast<uint32_t>(classes_.size());
                current = known.try_emplace(members, next).first->second;
                if (current == next) classes_.push_back({members});
            }
            class_of_[port] = current;
            classes_[current].weight += weight_of(port);
            classes_[current].port_count++;
        }
        for (uint32_t i = 0; i < classes_.size(); i++) alias_.push_back(i);
        double all = 0;
        for (const Class& c : classes_)
            all +=
                c.weight * (rules_of(c.members) + static_cast<double>(sorted_.everywhere.size()));
        negligible_cost_ = all / 50;
    }

    double rules_of(const Membership& members) const {
        size_t count = 0;
        for (size_t i = members._Find_first(); i < members.size(); i = members._Find_next(i))
            count += sorted_.sets[i].rules.size();
        return static_cast<double>(count);
    }

    // How many more rules are looked for, weighted by traffic.
    double cost_of(const Class& a, const Class& b) const {
        return a.weight * rules_of(b.members & ~a.members) +
               b.weight * rules_of(a.members & ~b.members);
    }

    void merge_lightest() {
        size_t lightest = 0;
        for (size_t i = 1; i < classes_.size(); i++)
            if (classes_[i].weight < classes_[lightest].weight) lightest = i;
        size_t best = lightest == 0 ? 1 : 0;
        double best_cost = std::numeric_limits<double>::max();
        for (size_t i = 0; i < classes_.size(); i++) {
            if (i == lightest) continue;
            const double cost = cost_of(classes_[i], classes_[lightest]);
            if (cost < best_cost) best_cost = cost, best = i;
        }
        merge(std::min(best, lightest), std::max(best, lightest));
    }

    // False: there are few enough classes, and every further one less would be felt.
    bool merge_best_pair() {
        if (classes_.size() == 1) return false;
        size_t left = 0;
        size_t right = 1;
        double best_cost = std::numeric_limits<double>::max();
        for (size_t i = 0; i < classes_.size(); i++)
            for (size_t j = i + 1; j < classes_.size(); j++) {
                const double cost = cost_of(classes_[i], classes_[j]);
                if (cost < best_cost) best_cost = cost, left = i, right = j;
            }
        if (classes_.size() <= max_ && best_cost > negligible_cost_) return false;
        merge(left, right);
        return true;
    }

    // The last class takes the place of the one that is gone.
    void merge(size_t into, size_t gone) {
        BALEEN_ASSERT(into < gone);
        classes_[into].members |= classes_[gone].members;
        classes_[into].weight += classes_[gone].weight;
        classes_[into].port_count += classes_[gone].port_count;
        const size_t last = classes_.size() - 1;
        for (uint32_t& alias : alias_) {
            if (alias == gone) alias = static_cast<uint32_t>(into);
            else if (alias == last) alias = static_cast<uint32_t>(gone);
        }
        classes_[gone] = classes_[last];
        classes_.pop_back();
    }

    PortClassing finish() const {
        PortClassing out;
        for (uint32_t port = 0; port < port_count; port++)
            out.class_of[port] = static_cast<uint8_t>(alias_[class_of_[port]]);
        for (const Class& c : classes_) {
            std::vector<uint32_t> rules = sorted_.everywhere;
            for (size_t i = 0; i < sorted_.sets.size(); i++)
                if (c.members[i])
                    rules.insert(rules.end(), sorted_.sets[i].rules.begin(),
                                 sorted_.sets[i].rules.end());
            std::ranges::sort(rules);
            out.rules.push_back(std::move(rules));
            out.port_counts.push_back(c.port_count);
        }
        return out;
    }

    Sorted sorted_;
    size_t max_;
    double negligible_cost_ = 0;
    std::vector<Class> classes_;
    std::vector<uint32_t> class_of_ = std::vector<uint32_t>(port_count);  // as swept
    std::vector<uint32_t> alias_;  // what has become of a swept class
};

}  // namespace

PortClassing divide_ports(const std::vector<PortMember>& members, uint32_t class_max) {
    BALEEN_ASSERT(class_max >= 1 && class_max <= ruleset::class_count_max);
    return Divider(sort_members(members), class_max).divide();
}

}  // namespace baleen::rules::compile
