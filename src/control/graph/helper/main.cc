// baleen-graph: one request on standard input, one answer on standard output, nothing else.
//
//     baleen-graph [MEMORY_BYTES]
//
// A program of its own, started for each request: a graph may take any memory and any time, so
// there has to be something that can be limited and ended; igraph's random state begins the same
// each time; and igraph is under the GPL (docs/licences.md). It opens no file and no socket: after
// it has started, the kernel lets it do little more than compute, read, write and end.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "control/graph/helper/confine.h"
#include "control/graph/helper/igraph_metrics.h"
#include "control/graph/metrics.h"

namespace {

using namespace baleen;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

int fail(int status, const std::string& sentence) {
    fmt::print(stderr, "baleen-graph: {}\n", sentence);
    return status;
}

bool read_exactly(char* to, size_t size) {
    while (size > 0) {
        const ssize_t got = ::read(STDIN_FILENO, to, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        size -= static_cast<size_t>(got);
    }
    return true;
}

bool write_all(std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
    return true;
}

// Several threads would fight for cores that poll, and are slower for graphs of this size. OpenMP
// reads the variable before main().
void be_one_thread(char** argv) {
    const char* threads = std::getenv("OMP_NUM_THREADS");
    if (threads != nullptr && std::strcmp(threads, "1") == 0) return;
    ::setenv("OMP_NUM_THREADS", "1", 1);
    ::execv("/proc/self/exe", argv);
}

int answer() {
    std::vector<char> bytes(graph::request_head_bytes);
    if (!read_exactly(bytes.data(), bytes.size())) return fail(exit_usage, "no request");
    const size_t size = graph::request_bytes(bytes);
    if (size == 0) return fail(exit_usage, "a request that makes no sense");
    bytes.resize(size);
    if (!read_exactly(bytes.data() + graph::request_head_bytes, size - graph::request_head_bytes))
        return fail(exit_usage, "a request that ends too soon");
    const auto request = graph::decode_request(bytes);
    if (!request) return fail(exit_usage, "a request with " + request.error().message);
    bytes = {};
    const auto found = graph::compute_metrics(*request);
    if (!found) return fail(exit_failure, found.error().message);
    return write_all(graph::encode(*found)) ? 0 : exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
    be_one_thread(argv);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    uint64_t memory_bytes = 1ull << 30;
    if (argc == 2) {
        const char* end = argv[1] + std::strlen(argv[1]);
        if (std::from_chars(argv[1], end, memory_bytes).ptr != end) argc = 0;
    }
    if (argc > 2 || argc == 0)
        return fail(exit_usage, "usage: baleen-graph [MEMORY_BYTES] < REQUEST");
    const rlimit memory{memory_bytes, memory_bytes};
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_AS, &memory) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0)
        return fail(exit_failure, fmt::format("limits: {}", std::strerror(errno)));
    // Without the kernel's help it goes on; there is nothing else that keeps it from its work.
    if (!graph::confine()) fmt::print(stderr, "baleen-graph: the kernel does not confine it\n");
    try {
        return answer();
    } catch (const std::bad_alloc&) {
        return fail(exit_failure, "not enough memory (graph.metrics_memory)");
    }
}
