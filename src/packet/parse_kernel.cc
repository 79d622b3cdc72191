#include "packet/parse_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "base/suggest.h"

namespace baleen::packet {
namespace {

// A further architecture adds its file here and in src/meson.build: parse_vector.h needs three
// operations of it, which NEON has as well.
std::array<ParseKernel, 3> kernels() {
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512vbmi");
    return {{{"scalar", parse_batch, true},
             {"avx2", parse_batch_avx2, has_avx2},
             {"avx512", parse_batch_avx512, has_avx512}}};
}

}  // namespace

std::span<const ParseKernel> parse_kernels() {
    static const std::array<ParseKernel, 3> all = kernels();
    return all;
}

base::Result<ParseKernel> choose_parse_kernel(std::string_view name) {
    const char* const forced = std::getenv("BALEEN_KERNEL");
    if (forced != nullptr && *forced != '\0') name = forced;
    const auto all = parse_kernels();
    if (name == "auto")
        return *std::find_if(all.rbegin(), all.rend(),
                             [](const ParseKernel& kernel) { return kernel.runs_here; });
    std::string names = "auto";
    for (const ParseKernel& kernel : all) {
        if (kernel.name == name && kernel.runs_here) return kernel;
        if (kernel.name == name)
            return base::Error{fmt::format(
                "the parser kernel \"{}\" needs instructions that this CPU lacks; \"auto\" takes "
                "the widest that it has",
                name)};
        names += fmt::format(", {}", kernel.name);
    }
    return base::Error{fmt::format("there is no parser kernel \"{}\"; there are {}", name, names)};
}

}  // namespace baleen::packet
