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

bool QuestionPool::ask(Task task, const void* owner) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_ || questions_ >= waiting_max_) return false;
        questions_++;
        waiting_.push_back({std::move(task), owner, true});
    }
    changed_.notify_one();
    return true;
}

void QuestionPool::go_on(Task task, const void* owner) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return;
        waiting_.push_back({std::move(task), owner, false});
    }
    changed_.notify_one();
}

bool QuestionPool::withdraw(const void* owner) {
    std::vector<Waiting> gone;  // freed behind the lock
    const std::lock_guard lock(mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->owner != owner) {
            ++at;
            continue;
        }
        if (at->is_question) questions_--;
        gone.push_back(std::move(*at));
        at = waiting_.erase(at);
    }
    return !gone.empty();
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
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        if (next.is_question) questions_--;
        lock.unlock();
        next.task();
        next.task = nullptr;  // what it holds is freed without the lock
        lock.lock();
    }
}

}  // namespace baleen::api
