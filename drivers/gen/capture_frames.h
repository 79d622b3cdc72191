// Frames of a capture, again and again; in each pass the hosts may be in another network.
//
// Owns: all frames, in memory, so that sending never waits for a disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "drivers/gen/address_rewrite.h"

namespace baleen::gen {

class CaptureFrames {
public:
    // What was left out, and why.
    struct Skipped {
        uint64_t not_ethernet = 0;
        uint64_t too_long = 0;  // for the port
        uint64_t cut = 0;       // sent nevertheless, as far as they were captured
    };

    // Shares: all frames between two hosts are in the same one, so that their order is kept.
    static base::Result<std::vector<CaptureFrames>> load(const std::vector<std::string>& paths,
                                                         const std::vector<Prefix>& prefixes,
                                                         uint32_t length_max, uint16_t share_count,
                                                         Skipped& skipped);

    // As SyntheticFrames::next(); `room` has length_max(). There is at least one frame.
    uint32_t next(uint8_t* room);
    void begin_flows(uint64_t) {}
    uint64_t flows_begun() const { return 0; }  // those of the capture, which nobody has counted

    uint64_t frame_count() const { return frames_.size(); }
    uint32_t length_max() const { return length_max_; }
    double mean_length() const;

private:
    struct Frame {
        uint64_t offset;
        uint32_t length;
        AddressPlaces places;
    };
    void add(const uint8_t* data, uint32_t length, const AddressPlaces& places);

    std::vector<uint8_t> bytes_;
    std::vector<Frame> frames_;
    // Pass k takes the k-th one, round and round.
    std::vector<Prefix> prefixes_v4_, prefixes_v6_;
    uint32_t length_max_ = 0;
    size_t next_ = 0;
    uint64_t passes_ = 0;
};

}  // namespace baleen::gen
