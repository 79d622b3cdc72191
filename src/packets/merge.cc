#include "packets/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <tuple>

namespace baleen::packets {
namespace {

struct Run {
    ChunkPlace place;
    Merge::Kept kept;
    size_t next = 0;

    int64_t time_ns() const { return kept.packets[next].time_ns; }
    // Packets of one time in the order of their capture, as far as it is known.
    auto order() const {
        return std::tuple(time_ns(), place.row.worker, place.row.sequence, place.file,
                          place.row.offset);
    }
    uint64_t held_bytes() const {
        return kept.bytes.size() + kept.packets.size() * sizeof(PacketView);
    }
};
using RunPtr = std::unique_ptr<Run>;

bool later(const RunPtr& a, const RunPtr& b) { return a->order() > b->order(); }

}  // namespace

// Views get their places in finish(): until then bytes may move, and data is an offset.
void Merge::Kept::add(const PacketView& packet) {
    const size_t at = bytes.size();
    bytes.insert(bytes.end(), packet.data, packet.data + packet.captured_bytes);
    bytes.insert(bytes.end(), packet.comment.begin(), packet.comment.end());
    PacketView view = packet;
    view.data = reinterpret_cast<const uint8_t*>(at);
    packets.push_back(view);
}

void Merge::Kept::finish() {
    for (PacketView& packet : packets) {
        packet.data = bytes.data() + reinterpret_cast<uintptr_t>(packet.data);
        packet.comment = {reinterpret_cast<const char*>(packet.data) + packet.captured_bytes,
                          packet.comment.size()};
    }
    std::ranges::stable_sort(packets, {}, &PacketView::time_ns);
}

base::Status Merge::run(std::vector<ChunkPlace> chunks, const Load& load, const Take& take) {
    std::ranges::sort(chunks, {}, [](const ChunkPlace& c) {
        return std::tuple(c.row.first_ns, c.row.worker, c.row.sequence, c.file, c.row.offset);
    });
    std::vector<RunPtr> runs;  // a heap
    uint64_t held_bytes = 0;
    size_t next_chunk = 0;
    while (next_chunk < chunks.size() || !runs.empty()) {
        const bool is_due =
            next_chunk < chunks.size() &&
            (runs.empty() || chunks[next_chunk].row.first_ns <= runs.front()->time_ns());
        if (is_due) {
            auto run = std::make_unique<Run>(Run{chunks[next_chunk++], {}});
            if (auto status = load(run->place, run->kept); !status) return status;
            if (run->kept.packets.empty()) continue;
            held_bytes += run->held_bytes();
            if (held_bytes > bytes_max)
                return base::Error{fmt::format(
                    "more than {} MiB of packets lie side by side in time; ask for less of them",
                    bytes_max >> 20)};
            runs.push_back(std::move(run));
            std::ranges::push_heap(runs, later);
            continue;
        }
        std::ranges::pop_heap(runs, later);
        Run& run = *runs.back();
        if (auto status = take(run.place.file, run.kept.packets[run.next]); !status) return status;
        if (++run.next < run.kept.packets.size()) {
            std::ranges::push_heap(runs, later);
        } else {
            held_bytes -= run.held_bytes();
            runs.pop_back();
        }
    }
    return base::Ok{};
}

}  // namespace baleen::packets
