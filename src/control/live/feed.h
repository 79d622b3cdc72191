// Flow records and matches as they are stored, for those who watch: a sample of them, since nobody
// reads thousands a second.
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
    // `tell` gets a topic, flows or matches, and EVE JSON, on the thread that ingests.
    using Tell = std::function<void(std::string_view topic, const std::string& json)>;
    explicit Feed(Tell tell) : tell_(std::move(tell)) {}

    void take(const record::FlowRecord& record) override;
    void take_match(const record::Match& match) override;
    void commit() override;
    void roll_back() override;

private:
    using Clock = std::chrono::steady_clock;

    struct Topic {
        std::string_view name;
        std::vector<std::string> batch;
        size_t told = 0;  // in this second
        bool has_room() const;
    };

    const Tell tell_;
    Topic flows_{"flows", {}, 0};
    Topic matches_{"matches", {}, 0};
    Clock::time_point second_begins_{};
};

}  // namespace baleen::live
