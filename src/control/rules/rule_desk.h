// Where those who look after rules and those who ask about them meet: which are in use, what is
// being loaded and how far it is, what the last load has come to; and what is asked for next.
//
// Lives as long as the control process; a RuleService comes and goes with each run of the data
// plane.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "rules/compile/options.h"
#include "rules/rule.h"

namespace baleen::control {

// What a load has come to; lines for people, and the same as JSON for programs.
struct RulesReport {
    bool is_in_use = false;  // the data plane has taken the new rules
    uint32_t generation = 0;
    std::string text;
    std::string json;
};

// reload: to the data plane. stage: everything up to that, so that a reload finds them compiled.
enum class RuleTask : uint8_t { reload, stage };

class RuleDesk {
public:
    RuleDesk();

    struct State {
        bool is_served = false;  // there is a data plane with rules
        std::optional<RuleTask> task;
        rules::compile::Progress progress;
        std::shared_ptr<const std::vector<rules::Rule>> in_use;  // none: none yet
        std::optional<RulesReport> last;
    };
    State state() const;

    enum class Asked : uint8_t { accepted, busy, nobody };
    Asked ask(RuleTask task);

    // For the service. The descriptor is readable while something is asked for.
    int asked_fd() const { return asked_.get(); }
    std::optional<RuleTask> take();
    void set_served(bool is_served);
    void set_task(std::optional<RuleTask> task);
    void set_progress(const rules::compile::Progress& progress);
    void set_report(RulesReport report);
    void set_in_use(std::vector<rules::Rule> rules);

private:
    mutable std::mutex mutex_;
    State state_;
    std::optional<RuleTask> wanted_;
    base::FileDescriptor asked_;  // eventfd
};

}  // namespace baleen::control
