#include "control/api/question_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace baleen::api {
namespace {

// Below the thread that empties the rings: a question may be slow, a full ring loses records.
constexpr int nice_of_questions = 10;

}  // namespace

QuestionPool::QuestionPool(size_t threads, size_t waiting_max) : waiting_max_(waiting_max) {
    for (size_t i = 0; i < threads; i++) threads_.emplace_back([this] { run(); });
}

template <class IsMeant>
std::vector<QuestionPool::Question> QuestionPool::take_out(IsMeant is_meant) {
    std::vector<Question> out;
    std::deque<Question> rest;
    for (Question& waiting : waiting_) {
        const bool is_out = waiting.cancelled != nullptr && is_meant(*waiting.cancelled);
        if (is_out) out.push_back(std::move(waiting));
        else rest.push_back(std::move(waiting));
    }
    waiting_ = std::move(rest);
    questions_ -= out.size();
    return out;
}

bool QuestionPool::ask(Question question) {
    std::vector<Question> dropped;
    bool is_taken = false;
    {
        const std::lock_guard lock(mutex_);
        if (questions_ >= waiting_max_)
            dropped = take_out([](const std::atomic<bool>& cancelled) { return cancelled.load(); });
        if (!is_stopping_ && questions_ < waiting_max_) {
            questions_++;
            waiting_.push_back(std::move(question));
            is_taken = true;
        }
    }
    if (is_taken) changed_.notify_one();
    for (const Question& each : dropped) each.drop();
    return is_taken;
}

void QuestionPool::go_on(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return;
        waiting_.push_back({std::move(task), {}, nullptr});
    }
    changed_.notify_one();
}

void QuestionPool::withdraw(const std::atomic<bool>& cancelled) {
    std::vector<Question> gone;  // freed behind the lock
    const std::lock_guard lock(mutex_);
    gone = take_out([&](const std::atomic<bool>& each) { return &each == &cancelled; });
}

size_t QuestionPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return questions_;
}

void QuestionPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (std::jthread& thread : threads_)
        if (thread.joinable()) thread.join();
    waiting_.clear();
}

void QuestionPool::run() {
    ::pthread_setname_np(::pthread_self(), "api-question");
    // On Linux this is the thread's own. Failing, it runs at the priority that it has.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice_of_questions);
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) return;
        Question next = std::move(waiting_.front());
        waiting_.pop_front();
        if (next.cancelled != nullptr) questions_--;
        lock.unlock();
        next.run();
        next = {};  // what it holds is freed without the lock
        lock.lock();
    }
}

}  // namespace baleen::api
