// `baleen bench compare A B`: two results of `baleen bench pipeline --json`, case by case.
//
// What two runs at different times tell is blurred by whatever else the machine did; bench/regress
// interleaves runs of two builds.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/bench.h"
#include "cli/options.h"

namespace baleen::cli {
namespace {

using Json = nlohmann::json;

struct Options {
    std::string before, after;
    double tolerance_percent = 5;
    bool check = false;
};

constexpr const char* key_fields[] = {"packet_size", "flows", "new_flows_per_s", "workers",
                                      "kernel"};

base::Result<Json> read(const std::string& path) {
    std::ifstream file(path);
    if (!file) return base::Error{fmt::format("{} cannot be read", path)};
    Json json = Json::parse(file, nullptr, false);
    const auto is_case = [](const Json& entry) {
        if (!entry.is_object() || !entry.contains("mpps") || !entry["mpps"].is_number())
            return false;
        return std::all_of(std::begin(key_fields), std::end(key_fields),
                           [&](const char* field) { return entry.contains(field); });
    };
    if (json.is_discarded() || !json.is_object() || !json.contains("cases") ||
        !json["cases"].is_array() ||
        !std::all_of(json["cases"].begin(), json["cases"].end(), is_case))
        return base::Error{fmt::format(
            "{} is not a result of the pipeline; make one by: baleen bench pipeline --json > FILE",
            path)};
    return json;
}

std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string name_of(const Json& entry) {
    return fmt::format("size {}, {} flows, {} new/s, {} workers, {}", text_of(entry["packet_size"]),
                       text_of(entry["flows"]), text_of(entry["new_flows_per_s"]),
                       text_of(entry["workers"]), text_of(entry["kernel"]));
}

const Json* find(const Json& cases, const Json& wanted) {
    for (const Json& entry : cases)
        if (std::all_of(std::begin(key_fields), std::end(key_fields),
                        [&](const char* field) { return entry[field] == wanted[field]; }))
            return &entry;
    return nullptr;
}

double number(const Json& entry, const char* field) {
    return entry.contains(field) && entry[field].is_number() ? entry[field].get<double>() : 0;
}

double ratio(const Json& before, const Json& after, const char* field) {
    return number(before, field) > 0 ? number(after, field) / number(before, field) : 0;
}

void warn_of_differences(const Json& before, const Json& after) {
    for (const char* fact : {"cpu", "cores", "kernel", "hugepages", "seed"})
        if (before.value(fact, Json()) != after.value(fact, Json()))
            fmt::print("not alike: {} is {} in the first and {} in the second\n", fact,
                       text_of(before.value(fact, Json())), text_of(after.value(fact, Json())));
}

int bench_compare(const Options& options) {
    const auto before = read(options.before);
    if (!before) return run_error(before.error().message);
    const auto after = read(options.after);
    if (!after) return run_error(after.error().message);
    warn_of_differences(*before, *after);
    fmt::print("{:<58} {:>8} {:>8} {:>7} {:>12}\n", "case", "A Mpps", "B Mpps", "B / A",
               "by the floor");
    std::vector<std::string> slower;
    const double tolerance = options.tolerance_percent / 100;
    for (const Json& entry : (*after)["cases"]) {
        const Json* old = find((*before)["cases"], entry);
        if (old == nullptr) {
            fmt::print("{:<58} only in {}\n", name_of(entry), options.after);
            continue;
        }
        const double changed = ratio(*old, entry, "mpps");
        const bool is_slower = changed < 1 - tolerance;
        const char* verdict = is_slower ? "slower" : changed > 1 + tolerance ? "faster" : "";
        fmt::print("{:<58} {:>8.2f} {:>8.2f} {:>7.3f} {:>12.3f} {}\n", name_of(entry),
                   number(*old, "mpps"), number(entry, "mpps"), changed,
                   ratio(*old, entry, "floor_ratio"), verdict);
        if (is_slower) slower.push_back(name_of(entry));
    }
    for (const Json& entry : (*before)["cases"])
        if (find((*after)["cases"], entry) == nullptr)
            fmt::print("{:<58} only in {}\n", name_of(entry), options.before);
    if (slower.empty())
        fmt::print("nothing got slower by more than {:g} %\n", options.tolerance_percent);
    for (const std::string& name : slower) fmt::print("slower: {}\n", name);
    return options.check && !slower.empty() ? exit_failure : exit_ok;
}

}  // namespace

Command add_bench_compare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("A", options->before, "Result before, as JSON")->required();
    app.add_option("B", options->after, "Result after, as JSON")->required();
    app.add_option("--tolerance", options->tolerance_percent, "Percent that are no difference")
        ->check(CLI::Range(0.0, 100.0));
    app.add_flag("--check", options->check, "Exit status 1 if something got slower");
    return [options]() { return bench_compare(*options); };
}

}  // namespace baleen::cli
