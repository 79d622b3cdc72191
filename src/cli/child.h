// One process that the supervisor has started.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::cli {

// Descriptors that take the place of standard output and standard error; -1: as this program's.
struct ChildOutput {
    int out = -1;
    int error = -1;
};

class Child {
public:
    // Starts a program from the folder this one lies in, in a process group of its own: signals of
    // the terminal reach the supervisor only. It gets `signal_when_orphaned` (0: none) when the
    // supervisor dies. `inherited` stays open in it.
    static base::Result<Child> start(const std::string& program, std::vector<std::string> arguments,
                                     const std::vector<int>& inherited, int signal_when_orphaned,
                                     ChildOutput output = {});

    bool running() const { return !status_.has_value(); }
    // Looks once whether the child has ended; true when it has.
    bool reap();
    void signal(int number) const;

    // After it has ended: exit status, or the signal that killed it.
    int exit_status() const;
    std::optional<int> killed_by() const;
    // Readable when the child has ended.
    int pid_fd() const { return pid_fd_.get(); }

private:
    pid_t pid_ = -1;
    base::FileDescriptor pid_fd_;
    std::optional<int> status_;  // as waitpid() gives it
};

}  // namespace baleen::cli
