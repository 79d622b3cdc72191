// Any bytes as the segments of a connection: the reassembler agrees with the model, or, short of
// blocks, keeps to what must hold of any delivery.
//
// The input: one byte of options, two initial sequence numbers, then what draw_segment() draws, a
// byte each.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/byte_reader.h"
#include "tests/support/stream_check.h"

using namespace baleen;

namespace {

void fail_on(const std::string& found) {
    if (found.empty()) return;
    std::fprintf(stderr, "%s", found.c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using test::StreamCheck;
    constexpr size_t head_bytes = 9;
    // The model's map would make long inputs slow, and a connection of so many has been everywhere.
    constexpr int segments_max = 300;
    if (size < head_bytes) return 0;
    const bool is_short = (data[0] & 1) != 0;
    const uint64_t depth = (data[0] & 2) != 0 ? 1 + (data[0] >> 2) * 16u : UINT64_MAX;
    StreamCheck check(is_short ? StreamCheck::Budget::short_of_blocks : StreamCheck::Budget::ample,
                      depth, {base::load_be32(data + 1), base::load_be32(data + 5)});
    size_t at = head_bytes;
    const auto draw = [&](uint64_t limit) { return at < size ? data[at++] % limit : 0; };
    for (int i = 0; i < segments_max && at < size; i++)
        fail_on(check.take(test::draw_segment(check, draw)));
    fail_on(check.flush());
    return 0;
}
