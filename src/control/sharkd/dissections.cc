#include "control/sharkd/dissections.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <vector>

namespace baleen::sharkd {
namespace {

// 128 bits: whoever may read one dissection finds no other by trying.
std::string make_id() {
    uint64_t halves[2];
    // It does not fail for so few bytes once the system has started (getrandom(2)).
    [[maybe_unused]] const ssize_t got = ::getrandom(halves, sizeof halves, 0);
    return fmt::format("{:016x}{:016x}", halves[0], halves[1]);
}

}  // namespace

Reply Dissection::ask(std::span<const Question> questions, const std::atomic<bool>* cancelled) {
    const std::lock_guard lock(mutex_);
    Reply reply;
    for (const Question& question : questions) {
        reply = sharkd_.ask(question.method, question.parameters, cancelled);
        if (reply.kind != Reply::Kind::answered) break;
    }
    return reply;
}

Dissections::Place::~Place() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.places_--;
}

Dissections::ById::iterator Dissections::idle_longest() {
    auto longest = kept_.end();
    for (auto each = kept_.begin(); each != kept_.end(); ++each)
        if (each->second.is_idle() &&
            (longest == kept_.end() || each->second.used < longest->second.used))
            longest = each;
    return longest;
}

std::unique_ptr<Dissections::Place> Dissections::take_place(Clock::time_point now) {
    Kept ended;  // its process is waited for without the lock
    const std::lock_guard lock(mutex_);
    if (kept_.size() + places_ >= dissections_max) {
        const auto longest = idle_longest();
        if (longest == kept_.end() || now - longest->second.used < kept_min) return nullptr;
        ended = std::move(longest->second);
        kept_.erase(longest);
    }
    places_++;
    return std::make_unique<Place>(*this);
}

std::string Dissections::keep(std::unique_ptr<Place> place, Sharkd sharkd) {
    const std::string id = make_id();
    // The place goes behind that: the two count as one more for a moment, never as one less.
    const std::unique_ptr<Place> held = std::move(place);
    const std::lock_guard lock(mutex_);
    kept_.emplace(id, Kept{std::make_shared<Dissection>(std::move(sharkd)), Clock::now()});
    return id;
}

std::shared_ptr<Dissection> Dissections::find(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(id);
    if (found == kept_.end()) return nullptr;
    found->second.used = Clock::now();
    return found->second.dissection;
}

void Dissections::close(const std::string& id) {
    Kept ended;
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(id);
    if (found == kept_.end()) return;
    ended = std::move(found->second);
    kept_.erase(found);
}

void Dissections::end_idle(Clock::time_point now) {
    std::vector<Kept> ended;
    const std::lock_guard lock(mutex_);
    for (auto each = kept_.begin(); each != kept_.end();) {
        if (each->second.is_idle() && now - each->second.used > idle_max) {
            ended.push_back(std::move(each->second));
            each = kept_.erase(each);
        } else {
            ++each;
        }
    }
}

size_t Dissections::count() const {
    const std::lock_guard lock(mutex_);
    return kept_.size();
}

}  // namespace baleen::sharkd
