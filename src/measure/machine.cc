#include "measure/machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

#include "base/tsc_clock.h"

namespace baleen::measure {
namespace {

// The rest of the first line of a file in /proc that begins with `name`, behind the colon.
std::string value_in(const char* path, std::string_view name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name)) continue;
        const size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
        return at == std::string::npos ? "" : line.substr(at);
    }
    return {};
}

uint64_t number_in(const char* path, std::string_view name) {
    const std::string text = value_in(path, name);
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

constexpr const char* meminfo = "/proc/meminfo";
constexpr uint64_t kib = 1024;

}  // namespace

uint32_t usable_cores() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return static_cast<uint32_t>(CPU_COUNT(&cores));
}

uint64_t available_bytes() {
    return kib * (number_in(meminfo, "MemAvailable:") +
                  number_in(meminfo, "HugePages_Free:") * number_in(meminfo, "Hugepagesize:"));
}

double ns_per_tick() {
    static const double value = base::TscClock().ns_per_tick();
    return value;
}

Machine this_machine() {
    utsname system{};
    ::uname(&system);
    const auto cache = [](int name) {
        return static_cast<uint64_t>(std::max<long>(0, ::sysconf(name)));
    };
    return {.cpu = value_in("/proc/cpuinfo", "model name"),
            .kernel = fmt::format("{} {}", system.sysname, system.release),
            .build = fmt::format("{}, {} {}, {}", BALEEN_VERSION,
#ifdef __clang__
                                 "clang", __clang_version__,
#else
                                 "gcc", __VERSION__,
#endif
                                 BALEEN_BUILDTYPE),
            .cores = usable_cores(),
            .l2_bytes = cache(_SC_LEVEL2_CACHE_SIZE),
            .l3_bytes = cache(_SC_LEVEL3_CACHE_SIZE),
            .memory_bytes = kib * number_in(meminfo, "MemTotal:"),
            .reserved_hugepages = number_in(meminfo, "HugePages_Total:") > 0};
}

}  // namespace baleen::measure
