// What `baleen run` prints: a line that moves while it runs, and the summary with the ledger at its
// end.
#pragma once

#include <chrono>
#include <string>

#include "base/ledger.h"
#include "cli/supervisor.h"

namespace baleen::cli {

class ProgressLine {
public:
    void show(const stats::Segment& segment, const base::Ledger& ledger);
    void clear();

private:
    std::chrono::steady_clock::time_point shown_at_{};
    uint64_t packets_before_ = 0;
};

void print_summary(const RunResult& result, const std::string& directory);

}  // namespace baleen::cli
