#include "cli/bench_head.h"

#include <fmt/format.h>

#include "measure/machine.h"

namespace baleen::cli {

nlohmann::ordered_json bench_json(std::string_view benchmark) {
    const measure::Machine machine = measure::this_machine();
    nlohmann::ordered_json out;
    out["benchmark"] = benchmark;
    out["cpu"] = machine.cpu;
    out["kernel"] = machine.kernel;
    out["build"] = machine.build;
    return out;
}

void print_bench_machine() {
    const measure::Machine machine = measure::this_machine();
    fmt::print("{}; {}; baleen {}\n", machine.cpu, machine.kernel, machine.build);
}

}  // namespace baleen::cli
