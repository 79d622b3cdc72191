// One compiled ruleset in the data plane, and what each worker needs to match with it.
//
// Owns: the mapped image, Hyperscan's databases made from it, and a WorkerRules per worker. Built
// by the main thread, which hands each worker its part (Matcher::offer) and may destroy the whole
// when every worker has left it. Must hold: after load() nothing here changes but the workers' own
// parts.
#pragma once

#include <hs/hs_common.h>
#include <hs/hs_runtime.h>

#include <memory>
#include <vector>

#include "base/file_descriptor.h"
#include "base/mapping.h"
#include "dataplane/match/hot_rule.h"
#include "dataplane/match/judge.h"
#include "dataplane/match/match_settings.h"
#include "dataplane/match/stream_memory.h"
#include "ruleset/image.h"

namespace baleen::match {

using stream::BlockPool;

struct FreeDatabase {
    void operator()(hs_database_t* database) const { ::hs_free_database(database); }
};
struct FreeScratch {
    void operator()(hs_scratch_t* scratch) const { ::hs_free_scratch(scratch); }
};

class Generation;

struct GroupCount {
    Count packet_bytes;
    Count stream_bytes;
    Count scan_ticks;  // only with MatchSettings::profile
};

// One worker's part. Only that worker touches it, but for `has_left`.
struct WorkerRules {
    const Generation& generation;
    std::unique_ptr<hs_scratch_t, FreeScratch> scratch;
    std::unique_ptr<Scratch> judging;
    StreamMemory memory;
    BlockPool shelf;  // compressed state of idle streams
    // Of each stream database one that is reset for every packet: for flows without a stream of
    // their own. Null: of a block database.
    std::vector<hs_stream_t*> spares;
    std::vector<HotRule> rules;         // each of them
    std::vector<GroupCount> groups;     // of each group
    uint64_t flows = 0;                 // whose streams are matched with it
    std::atomic<bool> has_left{false};  // the worker has another one, and no flow is left

    ~WorkerRules();
};

// Maps a memfd that somebody else has made. Error: it may still be changed, or cannot be mapped.
base::Result<base::Mapping> map_image(const base::FileDescriptor& image);

class Generation {
public:
    // `number` counts the rulesets of a run, from 1. Error: why it cannot be used here.
    static base::Result<std::unique_ptr<Generation>> load(base::Mapping image, uint32_t number,
                                                          const MatchSettings& settings,
                                                          uint32_t worker_count);

    const ruleset::Image& image() const { return image_; }
    const Judge& judge() const { return judge_; }
    uint32_t number() const { return number_; }
    const EventHeads& event_heads() const { return event_heads_; }
    // The rule that a pattern is the sign of; `several`: its list has them.
    static constexpr uint32_t several = ruleset::absent;
    uint32_t only_rule_of(uint32_t pattern) const { return only_rules_[pattern]; }
    const hs_database_t* database(uint32_t index) const { return databases_[index].get(); }
    // What a rule that looks at the start of a stream can no more be told by, behind a gap.
    bool counts_from_start(uint32_t rule) const { return counts_from_start_[rule]; }

    WorkerRules& of_worker(uint32_t index) { return *workers_[index]; }
    const std::vector<std::unique_ptr<WorkerRules>>& workers() const { return workers_; }
    bool all_have_left() const;

private:
    Generation(base::Mapping memory, ruleset::Image image, Judge judge, uint32_t number)
        : memory_(std::move(memory)),
          image_(image),
          judge_(std::move(judge)),
          number_(number),
          event_heads_(image, number) {}
    base::Status load_databases();
    base::Status add_worker(const MatchSettings& settings);
    void find_rules_from_start();
    void find_only_rules();

    base::Mapping memory_;
    ruleset::Image image_;
    Judge judge_;
    uint32_t number_;
    EventHeads event_heads_;
    std::vector<uint32_t> only_rules_;  // of each pattern
    std::vector<std::unique_ptr<hs_database_t, FreeDatabase>> databases_;
    std::vector<bool> counts_from_start_;
    std::vector<std::unique_ptr<WorkerRules>> workers_;
};

}  // namespace baleen::match
