// Who asks very many: hosts that try one port of many others (a sweep), or many ports of another
// (a scan), mostly without an answer.
//
// Numbers alone do not make a scanner. A busy server is asked and does not ask; a resolver asks
// thousands on port 53, and is answered. So what counts is flows that were begun, how many
// different ends they had, and how few of them were answered.
//
// Time is the records' own and runs in halves of a window: the half that is being filled and the
// one before it, so a finding is of the last half to whole window. Memory is bounded: when it is
// used up, those who have asked the fewest are forgotten.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "baleen/record.h"
#include "config/settings.h"
#include "control/graph/channel.h"
#include "control/graph/distinct.h"
#include "record/sink.h"

namespace baleen::graph {

struct FanOutOptions {
    int64_t window_ns = 300'000'000'000;
    uint64_t memory_bytes = 16ull << 20;
    uint64_t sweep_hosts = 64;
    uint64_t scan_ports = 64;
    uint64_t unanswered_percent = 50;
    uint64_t seed = 0;  // of its hashes; 0: random
};

FanOutOptions fan_out_options(const config::Settings::Graph& settings);

struct Finding {
    enum class Kind : uint8_t { sweep, scan } kind;
    Address source;
    Address target{};  // of a scan
    uint8_t protocol;
    uint16_t port = 0;      // of a sweep
    uint64_t distinct = 0;  // hosts, or ports
    uint64_t flows = 0;
    uint64_t unanswered = 0;
    int64_t first_ns = 0, last_ns = 0;
};

// A flow that was refused or not answered, in which no more than a try was made.
bool is_unanswered(const record::FlowRecord& record);

class FanOut final : public record::Sink {
public:
    explicit FanOut(const FanOutOptions& options);

    void take(const record::FlowRecord& record) override;
    void commit() override;
    void roll_back() override { batch_.clear(); }

    // The largest first. From any thread.
    std::vector<Finding> findings() const;
    uint64_t forgotten() const;
    uint64_t late() const;
    uint64_t memory_bytes() const;

private:
    // Source and port, or source and target.
    struct Key {
        Address source{}, target{};
        uint16_t port = 0;
        uint8_t protocol = 0;
        uint8_t is_scan = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        uint64_t seed;
        size_t operator()(const Key& key) const;
    };
    struct Asked {
        Distinct distinct;
        uint64_t flows = 0;
        uint64_t unanswered = 0;
        int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
        void merge(const Asked& other);
    };
    using Table = std::unordered_map<Key, Asked, KeyHash>;
    struct Half {
        int64_t number = -1;
        Table table;
        uint64_t sketch_bytes = 0;
    };
    struct Update {
        Address source, target;
        uint16_t port;
        uint8_t protocol;
        bool is_unanswered;
        int64_t first_ns, last_ns;
    };
    void apply(const Update& update);
    void count(Half& half, const Key& key, uint32_t what, const Update& update);
    void forget_smallest(Half& half);
    static uint64_t bytes_of(const Half& half);

    const FanOutOptions options_;
    const uint64_t seed_;  // against addresses chosen so that they collide
    std::vector<Update> batch_;
    mutable std::mutex mutex_;  // of all below
    std::array<Half, 2> halves_ = {Half{-1, Table(16, KeyHash{seed_}), 0},
                                   Half{-1, Table(16, KeyHash{seed_}), 0}};
    uint64_t forgotten_ = 0;
    uint64_t late_ = 0;
};

}  // namespace baleen::graph
