// The threads on which handlers run, and what waits for them.
//
// Must hold: no more than `waiting_max` questions wait, and those called off make room for others;
// what belongs to an answer that is under way
// (its next piece, freeing its source) always finds a place, since there is at most one of it for
// each connection. Tasks do not throw.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace baleen::api {

class QuestionPool {
public:
    using Task = std::function<void()>;
    struct Question {
        Task run;
        Task drop;                           // instead, when it was called off and room is needed
        const std::atomic<bool>* cancelled;  // lives as long as the tasks
    };

    QuestionPool(size_t threads, size_t waiting_max);
    ~QuestionPool() { stop(); }

    // False: too many wait.
    bool ask(Question question);
    void go_on(Task task);
    // Takes back what has not begun.
    void withdraw(const std::atomic<bool>& cancelled);
    size_t waiting() const;
    // Waits for the tasks that run; those that wait are dropped.
    void stop();

private:
    void run();
    // Takes those out of the queue that `is_meant`; the caller holds the lock and frees them later.
    template <class IsMeant>
    std::vector<Question> take_out(IsMeant is_meant);

    const size_t waiting_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Question> waiting_;
    size_t questions_ = 0;  // of those that wait: what has a `cancelled`
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace baleen::api
