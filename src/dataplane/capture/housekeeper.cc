#include "dataplane/capture/housekeeper.h"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>
#include <cstring>

namespace baleen::capture {
namespace {

constexpr std::chrono::seconds retain_interval{10};

// The first error, if there is one. The head comes last: it says how it ended.
int complete(FinishedFile& finished) {
    DirectFile& file = finished.file;
    uint64_t end = finished.end;
    int error = 0;
    if (finished.tail.size() != 0) {
        error = file.write_at(end, finished.tail.bytes());
        if (error == 0) end += finished.tail.size();
    }
    // What was written beyond the last piece that was done goes.
    if (const int status = file.cut(end); error == 0) error = status;
    if (finished.head.size() != 0) {
        const int status = file.write_at(0, finished.head.bytes());
        if (error == 0) error = status;
    }
    if (const int status = file.sync_data(); error == 0) error = status;
    finished.end = end;
    return error;
}

void finish_one(FinishedFile finished, std::vector<std::string>& notices) {
    if (const int error = complete(finished); error != 0)
        notices.push_back(
            fmt::format("'{}' ends without statistics: {}", finished.path, std::strerror(error)));
    if (!finished.index) return;
    if (const auto status = finished.index->seal(finished.end); !status)
        notices.push_back(fmt::format("'{}' has no index and is searched as a whole: {}",
                                      finished.path, status.error().message));
}

}  // namespace

Housekeeper::Housekeeper(std::string directory, const RetentionLimits& limits)
    : work_(std::make_shared<Work>()) {
    work_->must_retain = !directory.empty();
    work_->directory = std::move(directory);
    work_->limits = limits;
    thread_ = std::thread([work = work_] { run(work); });
    ::pthread_setname_np(thread_.native_handle(), "capture-files");
}

Housekeeper::~Housekeeper() {
    {
        const std::lock_guard lock(work_->mutex);
        work_->is_over = true;
        work_->changed.notify_all();
        if (has_given_up_) work_->finished.clear();
        has_given_up_ = has_given_up_ && work_->is_busy;
    }
    if (has_given_up_) thread_.detach();
    else thread_.join();
}

void Housekeeper::finish(FinishedFile file) {
    const std::lock_guard lock(work_->mutex);
    work_->finished.push_back(std::move(file));
    work_->changed.notify_all();
}

void Housekeeper::retain() {
    const std::lock_guard lock(work_->mutex);
    work_->must_retain = !work_->directory.empty();
    work_->changed.notify_all();
}

bool Housekeeper::is_idle() const {
    const std::lock_guard lock(work_->mutex);
    return work_->finished.empty() && !work_->must_retain && !work_->is_busy;
}

std::vector<std::string> Housekeeper::take_notices() {
    const std::lock_guard lock(work_->mutex);
    return std::exchange(work_->notices, {});
}

void Housekeeper::run(const std::shared_ptr<Work>& work) {
    std::unique_lock lock(work->mutex);
    const auto has_something = [&] {
        return work->is_over || work->must_retain || !work->finished.empty();
    };
    while (true) {
        if (!work->changed.wait_for(lock, retain_interval, has_something))
            work->must_retain = !work->directory.empty();
        if (work->finished.empty() && work->is_over) return;
        work->is_busy = true;
        std::vector<std::string> notices;
        if (!work->finished.empty()) {
            FinishedFile file = std::move(work->finished.front());
            work->finished.pop_front();
            work->must_retain = !work->directory.empty();
            lock.unlock();
            finish_one(std::move(file), notices);
        } else {
            work->must_retain = false;
            lock.unlock();
            notices = capture::retain(work->directory, work->limits);
        }
        lock.lock();
        work->is_busy = false;
        for (auto& notice : notices) work->notices.push_back(std::move(notice));
    }
}

}  // namespace baleen::capture
