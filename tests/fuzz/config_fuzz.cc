// Any bytes as a configuration: settings or problems, and what is accepted can be written and read
// again.
#include <cstdint>

#include "base/assert.h"
#include "config/loader.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    config::Settings settings;
    const auto problems = config::load_text(text, "fuzz.toml", settings);
    config::apply_assignment(text, settings);
    config::check(settings);
    if (!problems.empty()) return 0;
    config::Settings again;
    BALEEN_ASSERT(config::load_text(config::format_plain(settings), "again.toml", again).empty());
    BALEEN_ASSERT(config::format_plain(settings) == config::format_plain(again));
    return 0;
}
