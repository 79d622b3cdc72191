#include "cli/bench_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/units.h"

namespace baleen::cli {
namespace {

using Texts = std::vector<std::string>;
using drivers::SynthSizes;

// Seven of 64, four of 594, one of 1518 bytes: 362 on average, the mix that RFC 6985 section 5.1
// calls customary.
constexpr SynthSizes imix = {64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1518};

base::Result<SynthSizes> size_of(const std::string& text) {
    if (text == "imix") return imix;
    uint32_t size = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (failed != std::errc{} || end != text.data() + text.size() ||
        size < drivers::synth_size_min || size > drivers::synth_size_max)
        return base::Error{
            fmt::format("--size {}: a frame has {} to {} bytes, checksum included; or take imix",
                        text, drivers::synth_size_min, drivers::synth_size_max)};
    SynthSizes sizes;
    sizes.fill(static_cast<uint16_t>(size));
    return sizes;
}

base::Result<std::vector<uint64_t>> counts_of(const char* option, const Texts& texts) {
    std::vector<uint64_t> counts;
    for (const std::string& text : texts) {
        const auto count = base::parse_count(text);
        if (!count) return base::Error{fmt::format("{}: {}", option, count.error().message)};
        counts.push_back(*count);
    }
    return counts;
}

// What was given, or else the values of the sweep, or else the one value.
Texts chosen(const Texts& given, bool sweep, const Texts& all, const char* one) {
    if (!given.empty()) return given;
    return sweep ? all : Texts{one};
}

base::Result<std::vector<PlannedCase>> product(const Texts& sizes, const Texts& flows,
                                               const Texts& new_flows, const BenchPlan& plan) {
    const auto flow_counts = counts_of("--flows", flows);
    if (!flow_counts) return flow_counts.error();
    const auto births = counts_of("--new", new_flows);
    if (!births) return births.error();
    const auto rate = counts_of("--rate", {plan.rate});
    if (!rate) return rate.error();
    const auto kernels = plan_kernels(plan);
    if (!kernels) return kernels.error();
    std::vector<PlannedCase> cases;
    for (const std::string& size : sizes) {
        const auto bytes = size_of(size);
        if (!bytes) return bytes.error();
        for (const uint64_t flow_count : *flow_counts)
            for (const uint64_t births_per_s : *births)
                for (const packet::ParseKernel& kernel : *kernels)
                    cases.push_back({size,
                                     {.sizes = *bytes,
                                      .flows = flow_count,
                                      .new_flows_per_s = births_per_s,
                                      .packets_per_s = rate->front(),
                                      .kernel = kernel}});
    }
    return cases;
}

}  // namespace

base::Result<std::vector<packet::ParseKernel>> plan_kernels(const BenchPlan& plan) {
    std::vector<packet::ParseKernel> kernels;
    const bool all = plan.kernels == Texts{"all"} || (plan.kernels.empty() && plan.sweep);
    for (const packet::ParseKernel& kernel : packet::parse_kernels())
        if (all && kernel.runs_here) kernels.push_back(kernel);
    if (all) return kernels;
    for (const std::string& name : plan.kernels.empty() ? Texts{"auto"} : plan.kernels) {
        auto kernel = packet::choose_parse_kernel(name);
        if (!kernel) return base::Error{"--kernel: " + kernel.error().message};
        kernels.push_back(*kernel);
    }
    return kernels;
}

base::Result<std::vector<PlannedCase>> plan_cases(const BenchPlan& plan) {
    const bool nothing_given = plan.sizes.empty() && plan.flows.empty() && plan.new_flows.empty();
    if (!nothing_given || plan.sweep)
        return product(
            chosen(plan.sizes, plan.sweep, {"64", "128", "512", "900", "1500", "imix"}, "64"),
            chosen(plan.flows, plan.sweep, {"1k", "10k", "100k", "1M", "4M", "20M"}, "1M"),
            chosen(plan.new_flows, plan.sweep, {"0", "100k", "1M"}, "0"), plan);
    // From a table in L2 over one in L3 to DRAM; then other sizes, then flows that come and go.
    std::vector<PlannedCase> cases;
    const Texts usual[][3] = {{{"64"}, {"1k", "10k", "100k", "1M", "4M"}, {"0"}},
                              {{"512", "imix"}, {"1M"}, {"0"}},
                              {{"64"}, {"1M"}, {"100k", "1M"}}};
    for (const auto& [sizes, flows, new_flows] : usual) {
        const auto more = product(sizes, flows, new_flows, plan);
        if (!more) return more.error();
        cases.insert(cases.end(), more->begin(), more->end());
    }
    return cases;
}

}  // namespace baleen::cli
