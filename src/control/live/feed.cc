#include "control/live/feed.h"

#include "record/alert.h"
#include "record/eve_json.h"

namespace baleen::live {
namespace {

// In a second: more than anybody reads, and little work for a browser.
constexpr size_t told_max = 50;

}  // namespace

bool Feed::Topic::has_room() const { return told + batch.size() < told_max; }

// The port's name is known to the store alone.
void Feed::take(const record::FlowRecord& record) {
    if (flows_.has_room()) record::append_eve_json(flows_.batch.emplace_back(), record, {});
}

void Feed::take_match(const record::Match& match) {
    if (matches_.has_room()) record::append_eve_alert(matches_.batch.emplace_back(), match, {});
}

void Feed::commit() {
    const auto now = Clock::now();
    const bool is_new_second = now - second_begins_ >= std::chrono::seconds(1);
    if (is_new_second) second_begins_ = now;
    for (Topic* topic : {&flows_, &matches_}) {
        for (const std::string& json : topic->batch) tell_(topic->name, json);
        topic->told = is_new_second ? 0 : topic->told + topic->batch.size();
        topic->batch.clear();
    }
}

void Feed::roll_back() {
    flows_.batch.clear();
    matches_.batch.clear();
}

}  // namespace baleen::live
