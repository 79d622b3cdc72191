#include "control/live/feed.h"

#include "record/eve_json.h"

namespace baleen::live {
namespace {

// In a second: more than anybody reads, and little work for a browser.
constexpr size_t records_told_max = 50;

}  // namespace

void Feed::take(const record::FlowRecord& record) {
    if (told_ + batch_.size() >= records_told_max) return;
    // The port's name is known to the store alone.
    record::append_eve_json(batch_.emplace_back(), record, {});
}

void Feed::commit() {
    for (std::string& record : batch_) tell_(std::move(record));
    told_ += batch_.size();
    batch_.clear();
    const auto now = Clock::now();
    if (now - second_begins_ < std::chrono::seconds(1)) return;
    second_begins_ = now;
    told_ = 0;
}

}  // namespace baleen::live
