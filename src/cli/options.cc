#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/commands.h"
#include "control/graph/live_graph.h"
#include "packet/capture_filter.h"
#include "packet/parse_kernel.h"
#include "packet/parse_options.h"

namespace baleen::cli {

namespace fs = std::filesystem;

int usage_error(const std::string& sentence) {
    fmt::print(stderr, "baleen: {}\n", sentence);
    return exit_usage;
}

int run_error(const std::string& sentence) {
    fmt::print(stderr, "baleen: {}\n", sentence);
    return exit_failure;
}

config::Problems read_settings(const std::string& file, const std::vector<std::string>& assignments,
                               config::Settings& settings) {
    config::Problems problems;
    const auto add = [&](const config::Problems& more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    if (!file.empty()) add(config::load_file(file, settings));
    for (const std::string& assignment : assignments)
        add(config::apply_assignment(assignment, settings));
    return problems;
}

config::Problems load_settings(const std::string& file, const std::vector<std::string>& assignments,
                               config::Settings& settings) {
    config::Problems problems = read_settings(file, assignments, settings);
    for (std::string& problem : check_settings(settings)) problems.push_back(std::move(problem));
    return problems;
}

config::Problems check_settings(const config::Settings& settings) {
    config::Problems problems = config::check(settings);
    const auto take = [&](const auto& result) {
        if (!result) problems.push_back(result.error().message);
    };
    packet::ParseOptions ignored;
    take(packet::CaptureFilter::compile(settings.source.filter));
    if (const auto filter = packet::CaptureFilter::compile(settings.capture.filter); !filter)
        problems.push_back("capture.filter: " + filter.error().message);
    take(packet::set_tunnels(settings.parse.tunnels, ignored));
    take(packet::choose_parse_kernel(settings.parse.kernel));
    take(graph::parse_windows(settings.graph.windows));
    return problems;
}

config::Problems expand_captures(const std::vector<std::string>& arguments,
                                 std::vector<std::string>& files) {
    constexpr std::array<std::string_view, 3> suffixes = {".pcap", ".pcapng", ".cap"};
    config::Problems problems;
    for (const std::string& argument : arguments) {
        std::error_code failed;
        if (argument == "-") {
            files.push_back(argument);
        } else if (fs::is_directory(argument, failed)) {
            std::vector<std::string> found;
            for (const auto& entry : fs::directory_iterator(argument, failed))
                if (std::find(suffixes.begin(), suffixes.end(),
                              entry.path().extension().string()) != suffixes.end())
                    found.push_back(entry.path().string());
            if (found.empty())
                problems.push_back(
                    fmt::format("{}: no .pcap, .pcapng or .cap file in this folder", argument));
            std::sort(found.begin(), found.end());
            files.insert(files.end(), found.begin(), found.end());
        } else if (!fs::exists(argument, failed)) {
            problems.push_back(fmt::format("{}: there is no such file", argument));
        } else {
            files.push_back(argument);
        }
    }
    return problems;
}

}  // namespace baleen::cli
