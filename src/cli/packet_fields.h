// What `baleen read` does with fields of packets: chooses packets by a filter (-Y), and prints
// chosen fields (-e), as tshark does.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dissect/packet_dissector.h"
#include "filter/filter.h"
#include "packet/summary.h"

namespace baleen::cli {

// A packet as filters see it: what its headers say, and the events it completes.
class PacketSubject {
public:
    PacketSubject(const packet::Parsed& parsed, uint64_t number,
                  const dissect::PacketDissector::Dissected& dissected);

    // An event that came with no packet, but with the end of its flow.
    explicit PacketSubject(const record::AppMessage& event);

    // One of its events fits, or the packet by itself does.
    bool matches(const filter::Filter& filter) const;
    // All values of a field, over all events; several are separated by commas, as tshark does.
    std::string values(const filter::Field& field) const;
    // The same as JSON: numbers, and texts in quotes. Times and durations are ns.
    std::string values_json(const filter::Field& field) const;

private:
    template <class Take>
    void each_value(const filter::Field& field, Take take) const;
    filter::Subject subject(const record::AppMessage* event) const {
        return {.record = record_,
                .port_name = {},
                .app = event,
                .packet = facts_ ? &*facts_ : nullptr};
    }

    record::FlowRecord record_{};
    std::optional<filter::PacketFacts> facts_;  // of an event alone there are none
    std::span<const record::AppMessage> events_;
};

}  // namespace baleen::cli
