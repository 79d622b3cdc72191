// A compiled set of rules in memory, checked once and then read without further checks.
//
// Owns: nothing; the bytes (a mapped memfd, or a buffer) outlive it. open() looks at every index
// and every enumerator, so that whoever reads on may use them as they are; what only Hyperscan can
// judge, the databases themselves, is left to the data plane.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "baleen/ruleset.h"
#include "base/result.h"

namespace baleen::ruleset {

class Image {
public:
    // `bytes` begin at a multiple of 64. Error: what is wrong with them.
    static base::Result<Image> open(std::span<const uint8_t> bytes);

    const Header& header() const { return *reinterpret_cast<const Header*>(bytes_.data()); }
    std::span<const Rule> rules() const { return of<Rule>(header().rules); }
    std::span<const AddressRange> addresses(Slice slice) const {
        return part(of<AddressRange>(header().addresses), slice);
    }
    std::span<const PortRange> ports(Slice slice) const {
        return part(of<PortRange>(header().ports), slice);
    }
    std::span<const HeaderTest> header_tests(Slice slice) const {
        return part(of<HeaderTest>(header().header_tests), slice);
    }
    std::span<const Step> steps() const { return of<Step>(header().steps); }
    std::span<const Step> steps(Slice slice) const { return part(steps(), slice); }
    std::span<const Pattern> patterns() const { return of<Pattern>(header().patterns); }
    std::span<const uint32_t> pattern_rules(Slice slice) const {
        return part(of<uint32_t>(header().pattern_rules), slice);
    }
    std::span<const uint32_t> rule_list(Slice slice) const {
        return part(of<uint32_t>(header().rule_lists), slice);
    }
    std::span<const Group> groups() const { return of<Group>(header().groups); }
    std::span<const uint16_t> group_of() const { return of<uint16_t>(header().group_of); }
    std::span<const PortClasses> port_classes() const {
        return of<PortClasses>(header().port_classes);
    }
    std::span<const Database> databases() const { return of<Database>(header().databases); }
    std::span<const uint8_t> serialised(const Database& database) const {
        return bytes_.subspan(database.offset, database.bytes);
    }
    std::span<const uint8_t> blob(Slice slice) const {
        return part(of<uint8_t>(header().blob), slice);
    }
    std::string_view text(Slice slice) const {
        const auto bytes = blob(slice);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

private:
    explicit Image(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    template <class T>
    std::span<const T> of(const Section& section) const {
        return {reinterpret_cast<const T*>(bytes_.data() + section.offset), section.count};
    }
    template <class T>
    static std::span<const T> part(std::span<const T> all, Slice slice) {
        return all.subspan(slice.first, slice.count);
    }
    const char* find_problem() const;
    const char* find_section_problem() const;
    const char* find_rule_problem(const Rule& rule) const;
    const char* find_step_problem(const Step& step) const;
    const char* find_number_problem(const Step& step) const;
    const char* find_group_problem() const;

    std::span<const uint8_t> bytes_;
};

}  // namespace baleen::ruleset
