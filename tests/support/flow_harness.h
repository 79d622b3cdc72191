// A flow tracker with a ring behind it, fed packets and asked for the records they made.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "baleen/ring_reader.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/flow/fragment_table.h"
#include "packet/flow_hash.h"
#include "packet/parser.h"
#include "tests/support/packet_builder.h"

namespace baleen::test {

// A time that is no special value, and timeouts as in the default configuration.
inline constexpr int64_t second = 1'000'000'000;
inline constexpr int64_t start = 1'700'000'000 * second;
inline constexpr flow::FlowSettings usual_settings = {.flow_count_max = 1000,
                                                      .idle_timeout_ns = 60 * second,
                                                      .active_timeout_ns = 300 * second,
                                                      .tcp_end_timeout_ns = 5 * second,
                                                      .fragment_timeout_ns = 30 * second};

class FlowHarness {
public:
    explicit FlowHarness(const flow::FlowSettings& settings, uint64_t ring_bytes = 16u << 20,
                         uint64_t datagram_count = 1024);

    // One batch; time is both time stamp and clock.
    void feed(const std::vector<std::pair<int64_t, PacketBuilder::Bytes>>& packets);
    void feed(int64_t time_ns, const PacketBuilder::Bytes& packet) { feed({{time_ns, packet}}); }
    // One packet of which only the first bytes were captured.
    void feed_captured(int64_t time_ns, const PacketBuilder::Bytes& packet, size_t captured);

    // A stage behind the tracker: called before a batch is accounted, and after.
    void set_next_stage(std::function<void(packet::Batch&)> begin, std::function<void()> act) {
        begin_next_ = std::move(begin);
        act_next_ = std::move(act);
    }

    // What has been told so far, without the records returned before.
    std::vector<record::FlowRecord> take_records();
    // For benchmarks: the ring's bytes are freed unread.
    void discard_records();
    // Ends the run at `clock_ns` and returns the rest.
    std::vector<record::FlowRecord> drain(int64_t clock_ns);

    flow::FlowTracker& tracker() { return tracker_; }
    dataplane::Counters& counters() { return counters_; }

private:
    void process_batch();

    ring::NewRing ring_;
    ring::Reader reader_;
    ring::Writer writer_;
    dataplane::Counters counters_;
    flow::FragmentTable fragments_;
    flow::FlowTracker tracker_;
    packet::Batch batch_;
    packet::Batch none_;
    std::function<void(packet::Batch&)> begin_next_ = [](packet::Batch&) {};
    std::function<void()> act_next_ = [] {};
};

}  // namespace baleen::test
