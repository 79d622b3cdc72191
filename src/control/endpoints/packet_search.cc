#include "control/endpoints/packet_search.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "control/endpoints/answers.h"

namespace baleen::endpoints {
namespace {

constexpr int searches_max = 2;

}  // namespace

// Each value stands in the word of its option, so that none is taken for another one.
std::vector<std::string> extract_words(const std::string& directory, Arguments& arguments,
                                       std::string_view flow_id) {
    std::vector<std::string> words = {"extract", "--data=" + directory, "--write=-"};
    constexpr int64_t none = INT64_MIN;
    for (const auto& [parameter, option] : {std::pair{"since", "--from"}, {"until", "--to"}})
        if (const int64_t time_ns = arguments.time(parameter, none); time_ns != none)
            words.push_back(fmt::format("{}={}.{:09}", option, time_ns / 1'000'000'000,
                                        time_ns % 1'000'000'000));
    if (!flow_id.empty()) {
        words.push_back(fmt::format("--flow={}", flow_id));
    } else if (const std::string flows = arguments.text("flows"); !flows.empty()) {
        arguments.filter("flows", filter::Kind::flow);
        words.push_back("--flows=" + flows);
    }
    if (const std::string text = arguments.text("pcap_filter"); !text.empty())
        words.push_back("--pcap-filter=" + text);
    const std::string text = arguments.text("filter");
    arguments.filter("filter", filter::Kind::packet);
    if (!text.empty()) words.insert(words.end(), {"--", text});
    return words;
}

bool is_flow_id(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

api::Response search_problem(const std::string& why) {
    return api::problem(422, "packets", "The packets cannot be had", why);
}

std::variant<PacketSearches::Search, api::Response> PacketSearches::start(
    const std::vector<std::string>& words, const api::Request& request,
    std::chrono::seconds time_max) {
    const int before = taken_.fetch_add(1);
    auto place = std::make_shared<Place>(taken_);
    if (before >= searches_max)
        return busy("Packets are being searched for others",
                    fmt::format("{} searches are made at a time", searches_max), 5);
    auto process =
        process::HelperProcess::start("baleen", words,
                                      {.memory_bytes = search_memory_bytes_max,
                                       .deadline = std::chrono::steady_clock::now() + time_max,
                                       .cancelled = request.cancelled});
    if (!process) return search_problem(process.error().message);
    return Search{std::move(place), std::move(*process)};
}

}  // namespace baleen::endpoints
