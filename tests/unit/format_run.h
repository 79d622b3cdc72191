// Takes a format through bytes, step by step, and holds it to its promises.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "baleen/limits.h"
#include "drivers/replay/format_step.h"
#include "tests/unit/capture_bytes.h"

namespace baleen::test {

struct FormatRun {
    std::vector<SeenPacket> packets;
    uint64_t skipped = 0;
    drivers::Step last = drivers::Step::skipped;
    std::string failure;
};

// All steps until there is none. `text` should be a block of exactly its size, so that a sanitizer
// sees a read beyond it.
template <class Format>
FormatRun run_format(Format& format, std::string_view text) {
    using drivers::Step;
    auto bytes = as_bytes(text);
    FormatRun run;
    while (true) {
        packet::Packet packet{};
        const drivers::StepResult result = format.next(bytes, packet);
        run.last = result.step;
        if (result.step == Step::need_more || result.step == Step::failed) break;
        EXPECT_GT(result.consumed_bytes, 0u);
        EXPECT_LE(result.consumed_bytes, bytes.size());
        if (result.step == Step::packet) {
            const bool is_inside = packet.data >= bytes.data() &&
                                   packet.data + packet.captured_length <= &bytes.back() + 1;
            EXPECT_TRUE(is_inside) << "points beyond the bytes shown";
            if (!is_inside) break;
            EXPECT_LE(packet.captured_length, limits::packet_bytes_max);
            EXPECT_GE(packet.wire_length, packet.captured_length);
            EXPECT_GE(packet.time_ns, 0);
            EXPECT_LE(packet.time_ns, drivers::time_ns_max);
            run.packets.emplace_back(packet);
        } else {
            run.skipped++;
        }
        bytes = bytes.subspan(result.consumed_bytes);
    }
    run.failure = format.failure();
    return run;
}

}  // namespace baleen::test
