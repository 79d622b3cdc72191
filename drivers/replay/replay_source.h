// Packets from capture files, one file after the other, in file order, at the speed of the reader.
//
// Owns: the list of files and the source clock that runs on their time stamps.
// Errors: a file that can't be read or is damaged costs itself from there on; what came before is
// kept and the next file is read. problems() has a sentence for each.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "baleen/stats.h"
#include "drivers/replay/capture_input.h"
#include "drivers/replay/pcap_format.h"
#include "drivers/replay/pcapng_format.h"
#include "drivers/source.h"

namespace baleen::drivers {

class ReplaySource {
public:
    // `port` outlives the source; it is told what was read.
    ReplaySource(std::vector<std::string> paths, stats::PortStats& port);

    void receive(packet::Batch& batch, uint32_t limit);
    void release(packet::Batch&) {}
    int64_t clock_ns() const { return clock_.now_ns(); }
    void stop();
    bool exhausted() const { return !file_ && next_path_ == paths_.size(); }
    bool must_quiesce() const { return retired_ || (file_ && file_->input.must_quiesce()); }

    const std::vector<std::string>& problems() const { return problems_; }

private:
    struct File {
        CaptureInput input;
        std::variant<std::monostate, PcapFormat, PcapngFormat> format;
        uint64_t packets = 0;
    };

    void open_next();
    void recognise(bool may_overwrite);
    template <class Format>
    Step read_at_hand(Format& format, packet::Batch& batch, uint32_t limit);
    template <class Format>
    void read(Format& format, packet::Batch& batch, uint32_t limit, bool may_overwrite);
    void close(std::string_view problem);

    std::vector<std::string> paths_;
    size_t next_path_ = 0;
    std::optional<File> file_;
    std::optional<File> retired_;  // read to its end; packets may still point into it
    SourceClock clock_;
    stats::PortStats& port_;
    uint64_t wire_packets_ = 0;
    uint64_t wire_bytes_ = 0;
    uint64_t closed_bytes_ = 0;  // of files read to their end
    std::vector<std::string> problems_;
};

static_assert(PacketSource<ReplaySource>);

}  // namespace baleen::drivers
