// Flow records as they are stored, for those who watch: a sample of them, since nobody reads
// thousands a second.
//
// Must hold: nothing of a batch is told before it is committed. Records that nobody watches cost a
// comparison.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "record/sink.h"

namespace baleen::live {

class Feed final : public record::Sink {
public:
    // `tell` gets a record as EVE JSON, on the thread that ingests.
    using Tell = std::function<void(std::string)>;
    explicit Feed(Tell tell) : tell_(std::move(tell)) {}

    void take(const record::FlowRecord& record) override;
    void commit() override;
    void roll_back() override { batch_.clear(); }

private:
    using Clock = std::chrono::steady_clock;

    const Tell tell_;
    std::vector<std::string> batch_;
    Clock::time_point second_begins_{};
    size_t told_ = 0;  // in this second
};

}  // namespace baleen::live
