#include "control/api/event_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/assert.h"

namespace baleen::api {
namespace {

constexpr size_t topic_bytes_max = 64;
constexpr size_t topics_max = 32;
// One read: so many events are looked at (a bound for the time under the lock) and so many bytes
// taken (a bound for one write to a client).
constexpr size_t look_max = 1024;
constexpr size_t read_bytes_max = 64 * 1024;
constexpr size_t id_line_bytes_max = 48;
// No number of an event; before the first.
constexpr uint64_t from_elsewhere = 0;

bool is_topic(std::string_view name) {
    return !name.empty() && name.size() <= topic_bytes_max &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") ==
               std::string_view::npos;
}

// All but the id. Every line of the data gets a field of its own.
std::string frame_of(std::string_view topic, std::string_view json) {
    std::string frame;
    frame.reserve(topic.size() + json.size() + id_line_bytes_max + 32);
    frame += fmt::format("event: {}\n", topic);
    for (size_t at = 0; at <= json.size();) {
        const size_t end = std::min(json.find_first_of("\r\n", at), json.size());
        frame += "data: ";
        frame += json.substr(at, end - at);
        frame += '\n';
        at = end + 1;
    }
    return frame;
}

bool contains(const EventHub::Topics& topics, const std::string& topic) {
    return topics.empty() || std::find(topics.begin(), topics.end(), topic) != topics.end();
}

}  // namespace

EventHub::EventHub() : EventHub(Limits{}) {}

EventHub::EventHub(Limits limits)
    : limits_(limits),
      run_(static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                 std::chrono::milliseconds(1))) {}

void EventHub::publish(std::string_view topic, const std::string& json) {
    BALEEN_ASSERT(is_topic(topic));
    auto frame = std::make_shared<std::string>(frame_of(topic, json));
    std::string name(topic);
    std::vector<Event> gone;  // freed behind the lock
    const std::lock_guard lock(mutex_);
    if (frame->size() + id_line_bytes_max > limits_.bytes_max) {
        refused_++;
        return;
    }
    *frame += fmt::format("id: {}\n\n", id_of(first_ + events_.size()));
    bytes_ += frame->size();
    events_.push_back({std::move(name), std::move(frame)});
    while (events_.size() > limits_.events_max || bytes_ > limits_.bytes_max) {
        bytes_ -= events_.front().frame->size();
        gone.push_back(std::move(events_.front()));
        events_.pop_front();
        first_++;
    }
    if (is_listening_ && wake_) {
        is_listening_ = false;
        wake_();
    }
}

EventHub::Batch EventHub::read(uint64_t next, const Topics& topics) const {
    Batch batch;
    const std::lock_guard lock(mutex_);
    const uint64_t end = first_ + events_.size();
    if (next < first_) {
        // After an id of elsewhere nobody can tell how many there were: at least one.
        batch.missed = next == from_elsewhere ? first_ : first_ - next;
        batch.missed_last = first_ - 1;
        next = first_;
    }
    size_t bytes = 0;
    const uint64_t stop = std::min(end, next + look_max);
    for (; next < stop && bytes < read_bytes_max; next++) {
        const Event& event = events_[next - first_];
        if (!contains(topics, event.topic)) continue;
        batch.frames.push_back(event.frame);
        bytes += event.frame->size();
    }
    batch.next = next;
    batch.is_all = next >= end;
    return batch;
}

std::string EventHub::id_of(uint64_t number) const { return fmt::format("{:x}-{}", run_, number); }

uint64_t EventHub::position(std::string_view last_event_id) const {
    const std::lock_guard lock(mutex_);
    const uint64_t end = first_ + events_.size();
    if (last_event_id.empty()) return end;
    uint64_t run = 0, number = 0;
    const char* const text_end = last_event_id.data() + last_event_id.size();
    const auto [dash, run_error] = std::from_chars(last_event_id.data(), text_end, run, 16);
    if (run_error != std::errc() || dash == text_end || *dash != '-' || run != run_)
        return from_elsewhere;
    const auto [stop, error] = std::from_chars(dash + 1, text_end, number);
    if (error != std::errc() || stop != text_end || number >= end) return from_elsewhere;
    return number + 1;
}

void EventHub::set_wake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

void EventHub::listen() {
    const std::lock_guard lock(mutex_);
    is_listening_ = true;
}

uint64_t EventHub::published() const {
    const std::lock_guard lock(mutex_);
    return first_ + events_.size() - 1;
}

uint64_t EventHub::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

bool parse_topics(std::string_view text, EventHub::Topics& topics) {
    for (size_t at = 0; !text.empty() && at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        const std::string_view name = text.substr(at, end - at);
        if (!is_topic(name) || topics.size() == topics_max) return false;
        topics.emplace_back(name);
        at = end + 1;
    }
    return true;
}

}  // namespace baleen::api
