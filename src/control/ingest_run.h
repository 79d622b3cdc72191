// One run of the data plane, from attaching to its last record: rings into the store, and what else
// goes on meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "config/settings.h"
#include "control/ingest.h"
#include "control/live/run_watch.h"
#include "control/rules/rule_desk.h"
#include "control/store/store.h"
#include "record/sink.h"
#include "ring/attach.h"

namespace baleen::control {

struct RunParts {
    const config::Settings& settings;
    store::Store* store;  // nullptr: records are checked, shown and forgotten
    RuleDesk& rules;
    live::RunWatch& runs;
    std::vector<record::Sink*> sinks;
    const base::FileDescriptor& signals;  // readable: end
    // Once a second, on the thread that ingests.
    std::function<void(const Ingest&)> show;
    void (*tell)(const std::string& line);
};

// True: every record was taken; else what was lost has been told.
bool ingest_run(const ring::Attachment& attachment, const RunParts& parts);

}  // namespace baleen::control
