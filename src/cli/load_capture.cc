#include "cli/load_capture.h"

#include <fmt/format.h>

#include <memory>

#include "cli/options.h"
#include "drivers/replay/replay_source.h"

namespace baleen::cli {

base::Status load_capture(const std::vector<std::string>& paths, drivers::CaptureMemory& memory) {
    std::vector<std::string> files;
    const auto wrong = expand_captures(paths, files);
    if (!wrong.empty()) return base::Error{wrong.front()};
    stats::PortStats port{};
    drivers::ReplaySource source(files, port);
    auto batch = std::make_unique<packet::Batch>();
    bool has_room = true;
    while (!source.exhausted() && has_room) {
        source.receive(*batch, limits::lane_count);
        for (uint32_t lane = 0; lane < batch->count && has_room; lane++)
            has_room = memory.add(batch->packets[lane]);
        source.release(*batch);
    }
    if (!source.problems().empty()) return base::Error{source.problems().front()};
    if (memory.packets().empty()) return base::Error{files.front() + " has no packets to play"};
    if (!has_room)
        fmt::print(stderr, "baleen: only the first {} packets are kept in memory and played\n",
                   memory.packets().size());
    return base::Ok{};
}

}  // namespace baleen::cli
