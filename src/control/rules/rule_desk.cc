#include "control/rules/rule_desk.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace baleen::control {

RuleDesk::RuleDesk() : asked_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

RuleDesk::State RuleDesk::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

RuleDesk::Asked RuleDesk::ask(RuleTask task) {
    const std::scoped_lock lock(mutex_);
    if (!state_.is_served) return Asked::nobody;
    if (state_.task) return Asked::busy;
    // From here on it is under way for all who look.
    state_.task = wanted_ = task;
    state_.progress = {};
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = ::write(asked_.get(), &one, sizeof one);
    return Asked::accepted;
}

std::optional<RuleTask> RuleDesk::take() {
    const std::scoped_lock lock(mutex_);
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(asked_.get(), &count, sizeof count);
    return std::exchange(wanted_, std::nullopt);
}

void RuleDesk::set_served(bool is_served) {
    const std::scoped_lock lock(mutex_);
    state_.is_served = is_served;
    if (is_served) return;
    state_.task.reset();
    wanted_.reset();
}

void RuleDesk::set_task(std::optional<RuleTask> task) {
    const std::scoped_lock lock(mutex_);
    state_.task = task;
    state_.progress = {};
}

void RuleDesk::set_progress(const rules::compile::Progress& progress) {
    const std::scoped_lock lock(mutex_);
    state_.progress = progress;
}

void RuleDesk::set_report(RulesReport report) {
    const std::scoped_lock lock(mutex_);
    state_.last = std::move(report);
    state_.task.reset();
}

void RuleDesk::set_in_use(std::vector<rules::Rule> rules) {
    auto shared = std::make_shared<const std::vector<rules::Rule>>(std::move(rules));
    const std::scoped_lock lock(mutex_);
    state_.in_use = std::move(shared);
}

}  // namespace baleen::control
