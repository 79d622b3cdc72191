// The rules of one run of the data plane: loaded, compiled, handed over, and loaded again on
// demand.
//
// Owns: a thread of its own, since compiling takes seconds and the rings must be read meanwhile;
// the socket on which `baleen rules reload` asks. Must hold: what cannot be loaded, compiled or
// handed over leaves the rules in use as they are, and says why.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "config/settings.h"
#include "rules/compile/options.h"
#include "rules/rule_set.h"

namespace baleen::control {

// What a load has come to; lines for people, and the same as JSON for programs.
struct RulesReport {
    bool is_in_use = false;  // the data plane has taken the new rules
    uint32_t generation = 0;
    std::string text;
    std::string json;
};

class RuleService {
public:
    // `tell`: a line for the log; called on the service's thread. From here on the calling thread,
    // and those it starts later, leave SIGHUP to the service.
    using Tell = void (*)(const std::string& line);
    RuleService(const config::Settings& settings, Tell tell);
    ~RuleService();
    RuleService(const RuleService&) = delete;

    // Loads, then answers on its socket, and loads again at SIGHUP; on its own thread.
    void start();
    // The first load has; it has told why. There is nothing to match with.
    bool has_failed() const { return has_failed_.load(std::memory_order_acquire); }

private:
    using OnProgress = rules::compile::OnProgress;
    RulesReport load(const OnProgress& on_progress = {});
    base::Result<RulesReport> load_or_fail(const OnProgress& on_progress = {});
    void serve();
    void answer(int client);

    const config::Settings settings_;
    const Tell tell_;
    std::vector<rules::Rule> in_use_;
    uint32_t generation_ = 0;
    base::FileDescriptor listener_;
    base::FileDescriptor hang_ups_;  // signalfd
    base::FileDescriptor end_;       // eventfd
    std::atomic<bool> has_failed_{false};
    std::jthread thread_;
};

}  // namespace baleen::control
