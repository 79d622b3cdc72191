// The rules of one run of the data plane: loaded, compiled, handed over, and loaded again on
// demand.
//
// Owns: a thread of its own, since compiling takes seconds and the rings must be read meanwhile;
// the socket on which `baleen rules reload` asks. Must hold: what cannot be loaded, compiled or
// handed over leaves the rules in use as they are, and says why.
#pragma once

#include <atomic>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "config/settings.h"
#include "control/rules/rule_desk.h"
#include "rules/compile/compile.h"
#include "rules/compile/options.h"
#include "rules/rule_set.h"

namespace baleen::control {

class RuleService {
public:
    // `tell`: a line for the log; called on the service's thread. From here on the calling thread,
    // and those it starts later, leave SIGHUP to the service.
    using Tell = void (*)(const std::string& line);
    // The desk, through which others ask, outlives the service.
    RuleService(const config::Settings& settings, RuleDesk& desk, Tell tell);
    ~RuleService();
    RuleService(const RuleService&) = delete;

    // Loads, then answers on its socket, and loads again at SIGHUP; on its own thread.
    void start();
    // The first load has; it has told why. There is nothing to match with.
    bool has_failed() const { return has_failed_.load(std::memory_order_acquire); }

private:
    using OnProgress = rules::compile::OnProgress;
    struct Prepared {
        rules::RuleSet set;
        rules::compile::Compiled compiled;
    };
    base::Result<Prepared> prepare(const OnProgress& on_progress);
    RulesReport report_of(bool is_in_use, std::string text, nlohmann::json facts) const;
    RulesReport load(const OnProgress& on_progress = {});
    base::Result<RulesReport> load_or_fail(const OnProgress& on_progress = {});
    RulesReport stage();
    void serve();
    void carry_out(RuleTask task);
    void answer(int client);

    const config::Settings settings_;
    RuleDesk& desk_;
    const Tell tell_;
    std::vector<rules::Rule> in_use_;
    std::vector<rules::Problem> problems_;  // of the files, when they were read last
    uint32_t generation_ = 0;
    base::FileDescriptor listener_;
    base::FileDescriptor hang_ups_;  // signalfd
    base::FileDescriptor end_;       // eventfd
    std::atomic<bool> has_failed_{false};
    std::jthread thread_;
};

}  // namespace baleen::control
