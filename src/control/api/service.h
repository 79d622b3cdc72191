// What the connections of one server share. All of it but the pools' tasks and the hub belongs
// to the I/O thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <unordered_set>

#include "control/api/gate.h"
#include "control/api/question_pool.h"
#include "control/api/server.h"
#include "control/api/transport.h"

namespace baleen::api {

class Session;
using Clock = std::chrono::steady_clock;

// Written by the I/O thread, read from anywhere. ORDER: relaxed; each stands for itself.
class Counter {
public:
    void add(uint64_t more) {
        value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint64_t> value_{0};
};

struct Counters {
    std::array<Counter, 6> requests_by_class;
    std::array<Counter, refusal_count> refused;
    std::array<Counter, duration_bounds_s.size() + 1> durations;
    Counter duration_sum_us;
    Counter connections, streams, connections_total, connections_evicted;
    Counter rx_bytes, tx_bytes, events_sent, events_skipped;

    void refuse(Refusal refusal) { refused[static_cast<size_t>(refusal)].add(1); }
    void count_answer(int status, Clock::duration took);
    Snapshot snapshot() const;
};

// As many as there are searches and dissections that may be under way at a time, so that the one
// kind does not wait for the other (endpoints/packet_search.h, sharkd/dissections.h).
constexpr size_t helper_threads = 6;

struct Service {
    Service(const config::Settings::Api& api, const Limits& limits_of, Gate gate_of,
            EventHub& hub_of, Server::Log tell_of)
        : settings(api),
          limits(limits_of),
          question_time(std::min(api.question_timeout_ns / 1'000'000, int64_t{365} * 86'400'000)),
          gate(std::move(gate_of)),
          hub(hub_of),
          tell(std::move(tell_of)),
          questions(api.question_threads, api.questions_waiting_max),
          helpers(helper_threads, api.questions_waiting_max) {}

    QuestionPool& pool_of(const Route& route) {
        return route.threads == Threads::helpers ? helpers : questions;
    }

    // A line for the log about a handler that threw: one a second, whoever asks how often.
    void tell_failure(const Route& route, std::string_view what);

    // First of all, so that it outlives those whose operations it holds.
    boost::asio::io_context io{1};
    const config::Settings::Api settings;
    const Limits limits;
    const std::chrono::milliseconds question_time;
    const Gate gate;
    EventHub& hub;
    const Server::Log tell;
    Counters counters;
    // Set by the server: takes a closed session off its lists.
    std::function<void(Session&)> on_closed;
    std::unordered_set<Session*> streams;  // those that want events
    std::atomic<int64_t> failure_told_s{0};
    QuestionPool questions, helpers;
};

}  // namespace baleen::api
