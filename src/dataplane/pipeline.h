// Everything between a source and the rings, built from the settings and run on threads of its own.
//
// Owns: ports or files, flow tables, rings, statistics, worker and distributor threads. main() owns
// it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/tsc_clock.h"
#include "config/settings.h"
#include "dataplane/capture/writer.h"
#include "dataplane/match/generation.h"
#include "dataplane/match/rule_statistics.h"
#include "dataplane/run_control.h"
#include "dataplane/worker.h"
#include "drivers/ethdev/eal.h"
#include "drivers/ethdev/ethdev_source.h"
#include "drivers/ethdev/port.h"
#include "drivers/replay/replay_source.h"
#include "drivers/xdp/steer_program.h"
#include "drivers/xdp/steering.h"
#include "ring/segment.h"

namespace baleen::dataplane {

class Pipeline {
public:
    // `notices`: lines for the user (which driver, which memory).
    static base::Result<std::unique_ptr<Pipeline>> create(const config::Settings& settings,
                                                          uint64_t run_id,
                                                          std::vector<std::string>& notices);
    ~Pipeline();

    void start();
    // First call: take no more packets and tell all flows. Second: end at once.
    void stop();
    bool ended() const { return running_threads_.load(std::memory_order_acquire) == 0; }
    void join() { threads_.clear(); }

    // A sealed memfd with a compiled ruleset: checked, and from their next batch on the workers'
    // own. An error leaves everything as it was.
    struct RulesInUse {
        uint32_t generation;
        uint32_t generations;  // with those that streams still run under
    };
    base::Result<RulesInUse> load_rules(const base::FileDescriptor& image);
    // Files are not read before there are the rules that were asked for.
    bool has_rules() const { return worker_settings_.has_rules; }
    bool waits_for_rules() const {
        return worker_settings_.has_rules && !settings_.is_live() && generations_.empty();
    }

    // Packets out of the memory of the last seconds, and coming ones, are to be written as well.
    struct CaptureWanted {
        uint64_t flow_id = 0;  // 0: of any flow
        std::string filter;    // empty: any packet
        int64_t before_ns = 0;
        int64_t after_ns = 0;
    };
    // Packets of the past are kept, to be asked for.
    bool has_history() const {
        return !writers_.empty() && worker_settings_.capture.has_separate_history();
    }
    // The trigger's number.
    base::Result<uint32_t> trigger_capture(const CaptureWanted& wanted);

    // Port counters, links and clocks; called by the main thread a few times a second, and once
    // after the end. Lines for the user: what has become of a port.
    std::vector<std::string> housekeep();

    bool readers_have_all() const;
    const base::FileDescriptor& stats_fd() const { return stats_.fd; }
    std::vector<int> ring_fds() const;
    uint64_t run_id() const { return run_id_; }

    // Sentences about files that could not be read to their end, and about a run that ended because
    // its ports were gone. After join().
    std::vector<std::string> problems() const;

private:
    Pipeline(const config::Settings& settings, uint64_t run_id);
    base::Status build(std::vector<std::string>& notices);
    base::Status build_on_ports(std::vector<std::string>& notices);
    drivers::EthdevSource source_of(std::vector<drivers::EthdevSource::Queue> queues);
    base::Status create_shared_memory();
    base::Status open_ports(std::vector<std::string>& notices);
    std::string prepare_xdp_program(std::vector<std::string>& notices);
    base::Status open_port(const drivers::Device& device, std::vector<std::string>& notices);
    base::Result<std::unique_ptr<drivers::Steering>> open_steering(
        const std::string& name, const drivers::XdpAttachment& xdp,
        std::vector<std::string>& notices);
    void set_shunt_texts();
    void publish_losses();
    void free_rules();
    void write_rule_statistics(std::vector<std::string>& notices);
    void publish_shunts();
    template <class Source>
    base::Status build_threads(Source source);
    template <class Source>
    base::Status add_worker(Source source, uint32_t index);
    base::Status add_writers();
    base::Result<std::unique_ptr<capture::Output>> open_output(uint32_t writer);
    capture::SectionFacts section_facts() const;
    void take_capture_notices(std::vector<std::string>& notices);
    void add_thread(std::string name, std::function<void()> body);

    const config::Settings settings_;
    const uint64_t run_id_;
    RunControl control_;
    WorkerSettings worker_settings_;
    FilterJit filter_;
    FilterJit capture_filter_;
    capture::Interfaces interfaces_;
    ring::NewStats stats_;
    std::vector<ring::NewRing> rings_;

    std::unique_ptr<drivers::Eal> eal_;
    std::unique_ptr<base::TscClock> clock_;
    std::unique_ptr<drivers::SteerProgram> xdp_program_;  // none: left out, or does not load
    std::vector<drivers::Port> ports_;
    std::vector<std::unique_ptr<drivers::Steering>> steerings_;  // of each port; null: none
    uint32_t housekeepings_ = 0;
    std::atomic<uint64_t> losses_{0};  // packets lost in front of the workers, for them

    struct ThreadPlan {
        std::string name;
        std::function<void()> body;
    };
    std::vector<std::unique_ptr<match::Generation>> generations_;  // the newest last
    uint32_t generations_loaded_ = 0;
    match::RuleStatistics rule_statistics_;
    bool statistics_failed_ = false;  // and the user has been told
    std::vector<std::function<void(match::WorkerRules*)>> offer_rules_;    // to each worker
    std::vector<std::shared_ptr<const capture::CaptureMemory>> captures_;  // of each worker
    std::vector<std::unique_ptr<capture::Writer>> writers_;
    uint32_t triggers_ = 0;  // so far
    std::vector<std::shared_ptr<void>>
        stages_;  // workers, distributor; destroyed before what they use
    std::vector<ThreadPlan> plans_;
    std::vector<std::jthread> threads_;
    std::atomic<size_t> running_threads_{0};
    std::function<std::vector<std::string>()> problems_;
};

}  // namespace baleen::dataplane
