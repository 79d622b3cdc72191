// Whoever writes to a process that has gone gets EPIPE, instead of being ended by SIGPIPE: as long
// as this lives, for this thread.
#pragma once

#include <csignal>
#include <ctime>

namespace baleen::base {

class NoSigpipe {
public:
    NoSigpipe() {
        const sigset_t pipe = only_sigpipe();
        ::pthread_sigmask(SIG_BLOCK, &pipe, &before_);
    }
    ~NoSigpipe() {
        // One that is pending for this thread is taken, unless somebody else wanted it blocked.
        if (::sigismember(&before_, SIGPIPE) == 0) {
            const sigset_t pipe = only_sigpipe();
            const timespec now{};
            while (::sigtimedwait(&pipe, nullptr, &now) > 0) {
            }
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

private:
    static sigset_t only_sigpipe() {
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGPIPE);
        return set;
    }

    sigset_t before_;
};

}  // namespace baleen::base
