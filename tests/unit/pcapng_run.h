// Reads whole pcapng files.
#pragma once

#include "drivers/replay/pcapng_format.h"
#include "tests/unit/format_run.h"

namespace baleen::test {

inline FormatRun read_pcapng(std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    drivers::PcapngFormat format;
    return run_format(format, {exact.data(), exact.size()});
}

// Section and first interface, from which most files go on.
inline PcapngBytes started(Order order = Order::little) {
    PcapngBytes file(order);
    file.section().interface();
    return file;
}

}  // namespace baleen::test
