// What a filter of packets demands, in the words of the index of files of packets: hosts, flows,
// ends of a connection, times.
//
// Must hold: everything that the filter matches is in the chunks that the selector takes. What a
// filter says that no index knows (prefixes, ports alone, lengths, outer addresses of tunnels)
// makes it take more.
#pragma once

#include "base/result.h"
#include "filter/filter.h"
#include "packets/archive.h"
#include "packets/selector.h"

namespace baleen::cli {

struct PacketSearch {
    packets::Selector selector;
    packets::TimeRange range;
};
PacketSearch search_of(const filter::Filter& filter);

// An error where the filter asks for what a packet by itself does not tell: what conversations say,
// or its place in a capture.
base::Status check_fields_of_stored_packets(const filter::Filter& filter);

}  // namespace baleen::cli
