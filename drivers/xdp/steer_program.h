// The object file of steer.bpf.c, where net_af_xdp can load it from, after a trial of whether this
// kernel takes it.
//
// Why a trial: DPDK's driver says no more than that a queue cannot be set up. Loaded here first,
// the kernel's own reason is known before a port is touched.
#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::drivers {

class SteerProgram {
public:
    // `program`: "auto" for the one that is built in, else the path of an object file. On error,
    // one sentence that says why it does not load and how to mend it.
    static base::Result<SteerProgram> prepare(const std::string& program);

    // For the driver's xdp_prog argument; good as long as this object lives.
    const std::string& path() const { return path_; }

private:
    base::FileDescriptor memory_;  // of the program that is built in
    std::string path_;
};

// libbpf, and by it the driver's libxdp, write pages of troubles to stderr, and most of them are
// overcome a moment later; what is left is said in one sentence of ours. For good: nothing is lost.
void silence_libbpf();

// Why a program does not load, and what helps. `log`: what the verifier wrote, or empty.
std::string explain_load_failure(int error_number, std::string_view log);

}  // namespace baleen::drivers
