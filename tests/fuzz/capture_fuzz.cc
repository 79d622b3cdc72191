// Any bytes as a capture file. Shown whole or a piece at a time, a format yields the same packets,
// all of them within the bytes.
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "drivers/replay/pcap_format.h"
#include "drivers/replay/pcapng_format.h"

using namespace baleen;

namespace {

struct Found {
    uint64_t offset;
    uint32_t captured_length;
    int64_t time_ns;
    bool operator==(const Found&) const = default;
};

// `piece_bytes`: how much more is shown whenever the format asks for more.
template <class Format>
std::vector<Found> read_all(Format format, std::span<const uint8_t> bytes, size_t position,
                            size_t piece_bytes) {
    std::vector<Found> found;
    size_t shown = std::min(bytes.size(), position + piece_bytes);
    for (;;) {
        packet::Packet packet{};
        const auto window = bytes.subspan(position, shown - position);
        const drivers::StepResult result = format.next(window, packet);
        if (result.step == drivers::Step::failed) {
            BALEEN_ASSERT(!format.failure().empty());
            return found;
        }
        if (result.step == drivers::Step::need_more) {
            if (shown == bytes.size()) return found;
            shown = std::min(bytes.size(), shown + piece_bytes);
            continue;
        }
        BALEEN_ASSERT(result.consumed_bytes > 0 && result.consumed_bytes <= window.size());
        if (result.step == drivers::Step::packet) {
            BALEEN_ASSERT(packet.data >= window.data() &&
                          packet.data + packet.captured_length <= window.data() + window.size());
            BALEEN_ASSERT(packet.wire_length >= packet.captured_length);
            BALEEN_ASSERT(packet.time_ns >= 0 && packet.time_ns <= drivers::time_ns_max);
            found.push_back({static_cast<uint64_t>(packet.data - bytes.data()),
                             packet.captured_length, packet.time_ns});
        }
        position += result.consumed_bytes;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1) return 0;
    const size_t piece_bytes = 1 + data[0];
    const std::vector<uint8_t> bytes(data + 1, data + size);
    if (drivers::PcapngFormat::recognises(bytes)) {
        BALEEN_ASSERT(read_all(drivers::PcapngFormat(), bytes, 0, bytes.size()) ==
                      read_all(drivers::PcapngFormat(), bytes, 0, piece_bytes));
    } else if (drivers::PcapFormat::recognises(bytes)) {
        const auto format = drivers::PcapFormat::open(bytes);
        if (!format) return 0;
        const size_t begin = drivers::PcapFormat::file_header_bytes;
        BALEEN_ASSERT(read_all(*format, bytes, begin, bytes.size()) ==
                      read_all(*format, bytes, begin, piece_bytes));
    }
    return 0;
}
