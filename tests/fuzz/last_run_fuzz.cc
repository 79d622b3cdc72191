// What the last run has counted, out of a file: any bytes are refused or read, and whatever a file
// says that is whole can be told.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "control/live/run_watch.h"

namespace {

using namespace baleen;

// Each five bytes set one of the segment, somewhere.
void poke(ring::StatsView& view, const uint8_t* data, size_t size) {
    auto* bytes = reinterpret_cast<uint8_t*>(view.segment);
    for (; size >= 5; data += 5, size -= 5) {
        uint32_t place;
        std::memcpy(&place, data, sizeof place);
        bytes[place % sizeof(stats::Segment)] = data[4];
    }
}

void tell(live::LastRun run) {
    live::RunWatch watch;
    watch.recall(std::move(run));
    const auto status = watch.read();
    if (!status || status->workers.size() > limits::worker_count_max + 1) std::abort();
    if (status->ledger.to_json(true).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (live::parse_last_run({reinterpret_cast<const char*>(data), size})) return 0;
    auto made = ring::create_stats();
    if (!made) return 0;
    const uint64_t magic = made->view.segment->header.magic;
    poke(made->view, data, size);
    std::vector<live::RingStatus> rings(size % 3);
    if (!rings.empty()) std::memcpy(rings.data(), data, std::min(size, sizeof rings[0]));
    auto run = live::parse_last_run(live::format_last_run(*made->view.segment, rings));
    if (run) tell(std::move(*run));
    else if (size < 5 && made->view.segment->header.magic == magic) std::abort();
    return 0;
}
