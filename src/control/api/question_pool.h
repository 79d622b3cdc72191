// The threads on which handlers run, and what waits for them.
//
// Must hold: no more than `waiting_max` questions wait; what belongs to an answer that is under way
// (its next piece, freeing its source) always finds a place, since there is at most one of it for
// each connection. Tasks do not throw.
#pragma once

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

    QuestionPool(size_t threads, size_t waiting_max);
    ~QuestionPool() { stop(); }

    // False: too many wait. `owner` is what withdraw() names it by.
    bool ask(Task task, const void* owner);
    void go_on(Task task, const void* owner);
    // Takes back what has not begun. True: it is gone, and will not run.
    bool withdraw(const void* owner);
    size_t waiting() const;
    // Waits for the tasks that run; those that wait are dropped.
    void stop();

private:
    struct Waiting {
        Task task;
        const void* owner;
        bool is_question;
    };
    void run();

    const size_t waiting_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    size_t questions_ = 0;  // of those that wait
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace baleen::api
