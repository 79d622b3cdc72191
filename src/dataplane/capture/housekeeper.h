// What is done with files that nothing more is written to: their statistics, final head and index,
// and later their deletion. In a thread of its own, since all of it waits for the disk and the next
// file is being written meanwhile.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/capture/aligned_bytes.h"
#include "dataplane/capture/direct_file.h"
#include "dataplane/capture/retention.h"
#include "packets/index_log.h"

namespace baleen::capture {

struct FinishedFile {
    std::string path;
    DirectFile file;
    uint64_t end = 0;   // where its packets end
    AlignedBytes tail;  // goes there
    AlignedBytes head;  // goes to the front, instead of the one that is there
    std::optional<packets::IndexLog> index;
};

class Housekeeper {
public:
    // Nothing is deleted from a folder without a name.
    Housekeeper(std::string directory, const RetentionLimits& limits);
    // Waits until everything is done, unless it was told to give up.
    ~Housekeeper();
    Housekeeper(const Housekeeper&) = delete;
    Housekeeper& operator=(const Housekeeper&) = delete;

    void finish(FinishedFile file);
    // Soon; by itself it does so whenever a file is finished and every ten seconds.
    void retain();
    bool is_idle() const;
    // A thread that hangs in a frozen filesystem is left to itself.
    void give_up() { has_given_up_ = true; }
    std::vector<std::string> take_notices();

private:
    // Shared with the thread, which may outlive us.
    struct Work {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<FinishedFile> finished;
        std::vector<std::string> notices;
        std::string directory;
        RetentionLimits limits;
        bool must_retain = true;
        bool is_busy = false;
        bool is_over = false;
    };
    static void run(const std::shared_ptr<Work>& work);

    std::shared_ptr<Work> work_;
    bool has_given_up_ = false;
    std::thread thread_;
};

}  // namespace baleen::capture
