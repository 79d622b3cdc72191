#include "drivers/xdp/steer_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "steer.skel.h"

namespace baleen::drivers {
namespace {

constexpr size_t log_bytes = 256 * 1024;

using Object = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

// The verifier's verdict is the last line before its statistics.
std::string_view verdict_of(std::string_view log) {
    std::string_view verdict;
    while (!log.empty()) {
        const size_t end = std::min(log.find('\n'), log.size());
        const std::string_view line = log.substr(0, end);
        if (line.starts_with("processed ") || line.starts_with("verification time")) break;
        if (!line.empty()) verdict = line;
        log.remove_prefix(std::min(end + 1, log.size()));
    }
    return verdict;
}

// Whether maps can be found again by their number, which is how Steering comes by them.
bool can_open_by_id() {
    uint32_t id = 0;
    if (bpf_map_get_next_id(0, &id) != 0) return errno == ENOENT;
    const base::FileDescriptor map(bpf_map_get_fd_by_id(id));
    return static_cast<bool>(map) || errno == ENOENT;
}

base::Status try_to_load(const std::string& path) {
    std::string log(log_bytes, '\0');
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.kernel_log_buf = log.data();
    options.kernel_log_size = log.size();
    const Object object(bpf_object__open_file(path.c_str(), &options), bpf_object__close);
    if (!object)
        return base::Error{fmt::format("{} is not a BPF object file that can be read ({})", path,
                                       std::strerror(errno))};
    for (const char* map : {"xsks_map", "settings", "counts", "shunt_flows", "shunt_prefixes"})
        if (bpf_object__find_map_by_name(object.get(), map) == nullptr)
            return base::Error{
                fmt::format("{} has no map '{}' (see drivers/xdp/steer_maps.h)", path, map)};
    if (const int code = bpf_object__load(object.get()); code != 0)
        return base::Error{explain_load_failure(-code, log.c_str())};
    if (!can_open_by_id()) return base::Error{explain_load_failure(EPERM, {})};
    return base::Ok{};
}

}  // namespace

void silence_libbpf() {
    libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
}

std::string explain_load_failure(int error_number, std::string_view log) {
    if (error_number == EPERM || error_number == EACCES) {
        if (const auto verdict = verdict_of(log); !verdict.empty())
            return fmt::format(
                "the kernel's verifier refuses it: {}; xdp.program = \"off\" leaves "
                "it out",
                verdict);
        return "loading it needs CAP_SYS_ADMIN and CAP_NET_ADMIN: run as root, or give the process "
               "these capabilities";
    }
    if (error_number == ENOMEM)
        return "the kernel has no memory for its maps; raise the limit of locked memory (ulimit "
               "-l)";
    if (const auto verdict = verdict_of(log); !verdict.empty())
        return fmt::format(
            "the kernel's verifier refuses it: {}; it needs Linux 5.4 or newer, and "
            "xdp.program = \"off\" leaves it out",
            verdict);
    return fmt::format(
        "the kernel does not take it ({}); it needs Linux 5.4 or newer, and "
        "xdp.program = \"off\" leaves it out",
        std::strerror(error_number));
}

base::Result<SteerProgram> SteerProgram::prepare(const std::string& program) {
    SteerProgram prepared;
    prepared.path_ = program;
    if (program == "auto") {
        size_t size = 0;
        const void* bytes = steer_bpf__elf_bytes(&size);
        prepared.memory_ = base::FileDescriptor(::memfd_create("steer.bpf.o", MFD_CLOEXEC));
        if (!prepared.memory_ ||
            ::write(prepared.memory_.get(), bytes, size) != static_cast<ssize_t>(size))
            return base::Error{fmt::format("no memory for it ({})", std::strerror(errno))};
        prepared.path_ = fmt::format("/proc/self/fd/{}", prepared.memory_.get());
    }
    if (auto status = try_to_load(prepared.path_); !status) return status.error();
    return prepared;
}

}  // namespace baleen::drivers
