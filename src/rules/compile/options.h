// What compiling may cost, and for which machine it is done.
#pragma once

#include <hs/hs.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace baleen::rules::compile {

struct CompileOptions {
    // Of ports, for each of TCP and UDP and each side. Each costs a database, or two.
    uint32_t class_max = 8;
    // The image, the databases and the scratch of every worker together.
    uint64_t memory_bytes_max = uint64_t{1} << 30;
    uint32_t worker_count = 1;
    // Of one expression alone.
    std::chrono::milliseconds expression_time_max = std::chrono::seconds(10);
    uint64_t expression_bytes_max = uint64_t{8} << 20;
    std::chrono::milliseconds database_time_max = std::chrono::minutes(10);
    // Databases that are compiled at the same time.
    uint32_t jobs = 1;
    // Of the machine that will use it; this one without.
    std::optional<hs_platform_info_t> platform;
};

struct Progress {
    uint32_t databases_done = 0;
    uint32_t database_count = 0;  // 0: expressions are still looked at
    double seconds = 0;
};
// Called by the thread that compiles.
using OnProgress = std::function<void(const Progress&)>;

}  // namespace baleen::rules::compile
