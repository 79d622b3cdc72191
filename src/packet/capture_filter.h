// The capture filter: pcap-filter(7) syntax, compiled by libpcap, run on every packet before the
// flow stage.
//
// Must hold: compiled before packets come, once for each link type that can occur, because a
// program depends on it. A packet of any other link type passes: it is counted as not_ip.link_type
// anyway.
#pragma once

#include <pcap/pcap.h>

#include <array>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "packet/batch.h"

namespace baleen::packet {

class CaptureFilter {
public:
    // Everything passes.
    CaptureFilter() = default;

    // Empty text: everything passes. On error, libpcap's own message.
    static base::Result<CaptureFilter> compile(const std::string& text);

    bool is_active() const { return programs_ != nullptr; }

    bool accepts(const Packet& packet) const;

    // Changes the verdict of refused lanes to filtered.
    void apply_batch(Batch& batch) const {
        if (!is_active()) return;
        for (uint32_t lane = 0; lane < batch.count; lane++)
            if (!accepts(batch.packets[lane]))
                batch.verdicts[lane] = Verdict::filtered_capture_filter;
    }

    struct Program {
        LinkType link{};
        bpf_program code{};
        ~Program() { pcap_freecode(&code); }
    };
    // One for each link type; Ethernet is the first. For an active filter only.
    std::span<const Program> programs() const { return *programs_; }

private:
    static constexpr size_t program_count = 10;  // the named LinkTypes
    std::unique_ptr<std::array<Program, program_count>> programs_;
};

}  // namespace baleen::packet
