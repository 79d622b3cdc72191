// Any bytes as a ring: header fields and frames as a writer gone mad would leave them. The reader
// ends, reads nothing outside of the ring, and says why it gives up.
#include <cstdint>
#include <cstring>

#include "baleen/ring_reader.h"
#include "base/assert.h"
#include "record/match.h"
#include "record/validate.h"
#include "ring/segment.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static ring::NewRing ring = [] {
        auto made = ring::create_ring(limits::ring_bytes_min, 1, 0, 1);
        BALEEN_ASSERT(made);
        return std::move(*made);
    }();
    if (size < 24) return 0;
    uint64_t head, tail, at;
    std::memcpy(&head, data, 8);
    std::memcpy(&tail, data + 8, 8);
    std::memcpy(&at, data + 16, 8);
    data += 24;
    size -= 24;
    ring::SegmentHeader& header = *ring.view.header;
    // Mostly positions that could be, now and then any.
    header.tail_bytes =
        (tail >> 60) == 0 ? tail : tail % (2 * limits::ring_bytes_min) & ~uint64_t{7};
    header.head_bytes = (head >> 60) == 0
                            ? head
                            : header.tail_bytes + (head % limits::ring_bytes_min & ~uint64_t{7});
    header.closed = static_cast<uint32_t>(at >> 63);
    const uint64_t offset =
        at % 2 == 0 ? header.tail_bytes % limits::ring_bytes_min : at % limits::ring_bytes_min;
    std::memcpy(ring.view.data + offset, data, std::min<size_t>(size, limits::ring_bytes_min));

    ring::Reader reader = ring::Reader::open(ring.fd.get());
    BALEEN_ASSERT(reader.is_open());
    uint64_t sum = 0;
    uint32_t frames = 0;
    ring::Frame frame;
    while (reader.next(frame)) {
        frames++;
        BALEEN_ASSERT(frames <= limits::ring_bytes_min / sizeof(ring::FrameHeader));
        for (uint32_t i = 0; i < frame.header.payload_bytes; i++) sum += frame.payload[i];
        record::FlowRecord record;
        if (record::unpack(frame.payload, frame.header.payload_bytes, record))
            sum += record::find_problem(record) == nullptr ? 1 : 0;
        record::Match match;
        if (record::read_match({frame.payload, frame.header.payload_bytes}, match) == nullptr)
            sum += match.name().size();
        if (sum % 7 == 1) reader.release(1);
    }
    return 0;
}
