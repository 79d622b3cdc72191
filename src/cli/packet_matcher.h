// Says of each packet of a chunk whether it is wanted: parsed, its fragments linked, and asked by
// all filters. What it keeps is ready for the output.
#pragma once

#include "cli/extract_output.h"
#include "cli/wanted_flows.h"
#include "dissect/fragment_linker.h"
#include "drivers/source.h"
#include "filter/filter.h"
#include "packet/capture_filter.h"
#include "packet/parse_kernel.h"
#include "packets/merge.h"
#include "packets/packet_file.h"

namespace baleen::cli {

class PacketMatcher {
public:
    struct Wishes {
        filter::Filter filter;
        packet::CaptureFilter pcap_filter;
        WantedFlows flows;
        packets::TimeRange range;
    };

    PacketMatcher(Wishes wishes, packet::ParseBatch parse_batch, ExtractOutput& output)
        : wishes_(std::move(wishes)), parse_batch_(parse_batch), output_(output) {}

    // Chunks come in the order of their first packets. Returns how many packets were of interfaces
    // that the file does not describe, and are left out.
    uint64_t keep(const packets::PacketFile& file, packets::Bytes chunk,
                  packets::Merge::Kept& kept);

private:
    void add(const packets::PacketView& view, packet::LinkType link);
    void keep_batch(const packets::PacketFile& file, packets::Merge::Kept& kept);
    bool wants(uint32_t lane) const;

    Wishes wishes_;
    packet::ParseBatch parse_batch_;
    ExtractOutput& output_;
    dissect::FragmentLinker linker_;
    drivers::SourceClock clock_;
    packet::Batch batch_{};
    std::array<packets::PacketView, limits::lane_count> views_{};
};

}  // namespace baleen::cli
