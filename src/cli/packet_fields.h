// What `baleen read` does with fields of packets: chooses packets by a filter (-Y), and prints
// chosen fields (-e), as tshark does.
#pragma once

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

    // One of its events fits, or the packet by itself does.
    bool matches(const filter::Filter& filter) const;
    // All values of a field, over all events; several are separated by commas, as tshark does.
    std::string values(const filter::Field& field) const;

private:
    filter::Subject subject(const record::AppMessage* event) const {
        return {.record = record_, .port_name = {}, .app = event, .packet = &facts_};
    }

    record::FlowRecord record_{};
    filter::PacketFacts facts_;
    std::span<const record::AppMessage> events_;
};

}  // namespace baleen::cli
