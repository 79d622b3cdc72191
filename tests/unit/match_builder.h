// Match events for tests: each says only what it is about, the rest is a valid event.
//
//     MatchBuilder().rule(2001, "scan").from("10.0.0.1", 40000).limit(RateKind::limit, 1, 60)
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "record/match.h"
#include "tests/unit/address.h"
#include "tests/unit/random.h"
#include "tests/unit/times.h"

namespace baleen::test {

class MatchBuilder {
public:
    MatchBuilder() {
        event_.flow_id = 1;
        event_.generation = 1;
        event_.action = ruleset::Action::alert;
        event_.protocol = 6;
        for (uint16_t& id : event_.vlan_ids) id = record::vlan_absent;
        from("10.0.0.1", 40000).to("10.0.0.2", 443).rule(2001, "a rule").severity(2).at(start_ns);
    }

    MatchBuilder& flow(uint64_t id) { return set(event_.flow_id, id); }
    MatchBuilder& at(int64_t time_ns) { return set(event_.time_ns, time_ns); }
    MatchBuilder& after_s(double seconds) {
        return at(start_ns + static_cast<int64_t>(seconds * 1e9));
    }
    MatchBuilder& from(const std::string& address, uint16_t port = 40000) {
        set_address(event_.src, address);
        return set(event_.src_port, port);
    }
    MatchBuilder& to(const std::string& address, uint16_t port = 443) {
        set_address(event_.dst, address);
        return set(event_.dst_port, port);
    }
    // ICMP's type and code stand where others have ports.
    MatchBuilder& protocol(uint8_t number, uint16_t src_port = 0, uint16_t dst_port = 0) {
        event_.src_port = src_port;
        event_.dst_port = dst_port;
        return set(event_.protocol, number);
    }
    MatchBuilder& rule(uint32_t id, std::string_view name, uint32_t gid = 1, uint32_t rev = 1) {
        event_.gid = gid;
        event_.rev = rev;
        name_ = name;
        return set(event_.id, id);
    }
    MatchBuilder& classtype(std::string_view text) {
        classtype_ = text;
        return *this;
    }
    MatchBuilder& excerpt(std::string_view bytes) {
        excerpt_ = bytes;
        return *this;
    }
    MatchBuilder& severity(uint8_t number) { return set(event_.severity, number); }
    MatchBuilder& action(ruleset::Action action) { return set(event_.action, action); }
    MatchBuilder& side(ruleset::Side side) { return set(event_.side, side); }
    MatchBuilder& flags(uint8_t bits) { return set(event_.flags, bits); }
    MatchBuilder& offset(uint64_t bytes) { return set(event_.offset, bytes); }
    MatchBuilder& generation(uint32_t number) { return set(event_.generation, number); }
    MatchBuilder& suppressed(uint32_t hits) { return set(event_.suppressed, hits); }
    MatchBuilder& port_index(uint16_t index) { return set(event_.port_index, index); }
    MatchBuilder& vlan(uint16_t outer, uint16_t inner = record::vlan_absent) {
        event_.vlan_ids[0] = outer;
        return set(event_.vlan_ids[1], inner);
    }
    MatchBuilder& limit(ruleset::RateKind kind, uint32_t count, uint32_t seconds,
                        ruleset::RateTrack track = ruleset::RateTrack::by_src) {
        event_.rate_kind = kind;
        event_.rate_track = track;
        event_.rate_count = count;
        return set(event_.rate_seconds, seconds);
    }

    operator record::Match() const {
        record::Match match{.event = event_, .texts = {}};
        match.event.name_bytes = static_cast<uint16_t>(name_.size());
        match.event.classtype_bytes = static_cast<uint16_t>(classtype_.size());
        match.event.excerpt_bytes = static_cast<uint16_t>(excerpt_.size());
        const std::string all = name_ + classtype_ + excerpt_;
        std::memcpy(match.texts.data(), all.data(), std::min(all.size(), match.texts.size()));
        return match;
    }

private:
    template <class T>
    MatchBuilder& set(T& field, T value) {
        field = value;
        return *this;
    }
    void set_address(uint8_t* out, const std::string& text) {
        event_.ip_version = write_address(out, text);
    }

    record::MatchEvent event_{};
    std::string name_, classtype_, excerpt_;
};

// Any event that record::find_problem() lets pass, with any bytes in its texts.
inline record::Match random_match(Random& random) {
    constexpr uint8_t protocols[] = {1, 6, 17, 47, 58, 132, 255};
    const uint8_t protocol = random.pick(protocols);
    const bool is_icmp = protocol == 1 || protocol == 58;
    const bool has_ports = protocol == 6 || protocol == 17 || protocol == 132;
    const uint64_t ports = has_ports ? 65536 : is_icmp ? 256 : 1;
    const auto bits = [&](uint32_t count) { return static_cast<uint32_t>(random.of_bits(count)); };
    MatchBuilder builder;
    if (random.one_in(2)) builder.from("2001:db8::1").to("2001:db8::2");
    return builder.flow(random.of_bits(53))
        .at(static_cast<int64_t>(random.of_bits(62)))
        .protocol(protocol, static_cast<uint16_t>(random.below(ports)),
                  static_cast<uint16_t>(random.below(ports)))
        .rule(bits(32), random.bytes(record::rule_name_bytes_max), bits(32), bits(32))
        .classtype(random.bytes(record::classtype_bytes_max))
        .excerpt(random.bytes(record::excerpt_bytes_max))
        .severity(static_cast<uint8_t>(random.between(1, 255)))
        .action(static_cast<ruleset::Action>(random.below(3)))
        .side(static_cast<ruleset::Side>(random.below(2)))
        .flags(static_cast<uint8_t>(random.below(8)))
        .offset(random.of_bits(64))
        .suppressed(bits(32))
        .vlan(static_cast<uint16_t>(random.below(4096)));
}

}  // namespace baleen::test
