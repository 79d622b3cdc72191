// Packets out of the files that the data plane writes: as a capture file, or a line for each.
//
// `baleen extract` and `baleen read` do it, as processes of their own: files of packets are foreign
// bytes, and a search may take long.
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/process/helper_process.h"

namespace baleen::endpoints {
namespace {

using process::HelperProcess;

// Searches at a time; each reads from the disk what capture wants to write to.
constexpr int searches_max = 2;
constexpr auto download_time_max = std::chrono::minutes(10);
constexpr auto list_time_max = std::chrono::seconds(25);
constexpr uint64_t memory_bytes_max = uint64_t{2} << 30;
// Of a list: packets, and the bytes of them that are looked at.
constexpr uint64_t packets_max = 1000;
constexpr size_t list_bytes_max = 16 << 20;

// A place among the searches, as long as it is held.
class Place {
public:
    static std::shared_ptr<Place> take(std::atomic<int>& searches) {
        if (searches.fetch_add(1) < searches_max) return std::make_shared<Place>(searches);
        searches.fetch_sub(1);
        return nullptr;
    }
    explicit Place(std::atomic<int>& searches) : searches_(searches) {}
    ~Place() { searches_.fetch_sub(1); }
    Place(const Place&) = delete;

private:
    std::atomic<int>& searches_;
};

class Download : public api::BodySource {
public:
    Download(HelperProcess process, std::shared_ptr<Place> place, std::string first)
        : process_(std::move(process)), place_(std::move(place)), first_(std::move(first)) {}

    bool next(std::string& out) override {
        if (!first_.empty()) {
            out += std::exchange(first_, {});
            return true;
        }
        const auto more = process_.read(out);
        if (!more) throw std::runtime_error(more.error().message);
        return *more;
    }

private:
    HelperProcess process_;
    std::shared_ptr<Place> place_;
    std::string first_;
};

// The command line of `baleen extract`; each value stands in the word of its option, so that none
// is taken for another one.
std::vector<std::string> extract_words(const Services& services, Arguments& arguments,
                                       std::string_view flow_id) {
    std::vector<std::string> words = {"extract", "--data=" + services.directory, "--write=-"};
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

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

api::Response busy() {
    auto response = api::problem(503, "busy", "Packets are being searched for others",
                                 fmt::format("{} searches are made at a time", searches_max));
    response.headers.emplace_back("Retry-After", "5");
    return response;
}

api::Response search_problem(const std::string& why) {
    return api::problem(422, "packets", "The packets cannot be had", why);
}

class Packets {
public:
    explicit Packets(const Services& services) : services_(services) {}

    api::Response download(const api::Request& request, std::string_view flow_id) {
        Arguments arguments(request);
        const auto words = extract_words(services_, arguments, flow_id);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        auto place = Place::take(searches_);
        if (!place) return busy();
        auto process =
            HelperProcess::start("baleen", words,
                                 {.memory_bytes = memory_bytes_max,
                                  .deadline = std::chrono::steady_clock::now() + download_time_max,
                                  .cancelled = request.cancelled});
        if (!process) return search_problem(process.error().message);
        // What is wrong shows before the first bytes; behind them an answer can only break off.
        std::string first;
        const auto more = process->read(first);
        if (!more) return search_problem(more.error().message);
        const std::string name = flow_id.empty() ? "packets" : fmt::format("flow-{}", flow_id);
        return {.content_type = "application/x-pcapng",
                .headers = {{"Content-Disposition",
                             fmt::format("attachment; filename=\"{}.pcapng\"", name)}},
                .source = std::make_unique<Download>(std::move(*process), std::move(place),
                                                     std::move(first))};
    }

    api::Response list(const api::Request& request, std::string_view flow_id) {
        Arguments arguments(request);
        const auto words = extract_words(services_, arguments, flow_id);
        const uint64_t limit = arguments.count("limit", 100, 1, packets_max);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        const auto place = Place::take(searches_);
        if (!place) return busy();
        const process::Limits limits{.memory_bytes = memory_bytes_max,
                                     .deadline = std::chrono::steady_clock::now() + list_time_max,
                                     .cancelled = request.cancelled};
        auto search = HelperProcess::start("baleen", words, limits);
        if (!search) return search_problem(search.error().message);
        std::string capture;
        bool is_whole = false;
        while (!is_whole && capture.size() < list_bytes_max) {
            const auto more = search->read(capture);
            if (!more) return search_problem(more.error().message);
            is_whole = !*more;
        }
        const std::vector<std::string> read_words = {"read", "--read=-", "--json",
                                                     fmt::format("--count={}", limit)};
        auto read = HelperProcess::start("baleen", read_words, limits);
        if (!read) return search_problem(read.error().message);
        read->give(std::move(capture));
        const auto lines = read->read_all(list_bytes_max);
        // A capture that was cut in the middle of a packet ends with a complaint about that.
        if (!lines && is_whole) return search_problem(lines.error().message);
        return api::json_response(packets_json(lines ? *lines : std::string(), is_whole));
    }

private:
    static nlohmann::ordered_json packets_json(std::string_view lines, bool is_whole) {
        auto packets = nlohmann::ordered_json::array();
        for (size_t at = 0; at < lines.size();) {
            const size_t end = std::min(lines.find('\n', at), lines.size());
            auto packet = nlohmann::ordered_json::parse(lines.substr(at, end - at), nullptr, false);
            if (!packet.is_discarded()) packets.push_back(std::move(packet));
            at = end + 1;
        }
        return {{"packets", std::move(packets)}, {"is_whole", is_whole}};
    }

    const Services& services_;
    std::atomic<int> searches_{0};
};

}  // namespace

void add_packets(api::Router& router, const Services& services) {
    using api::Request;
    const auto packets = std::make_shared<Packets>(services);
    router.add({.pattern = "/api/v1/packets",
                .handler = [=](const Request& request) { return packets->list(request, {}); }});
    router.add({.pattern = "/api/v1/packets/pcap",
                .handler = [=](const Request& request) { return packets->download(request, {}); }});
    const auto of_flow = [&](const char* pattern, auto answer) {
        router.add({.pattern = pattern, .handler = [=](const Request& request) {
                        if (!is_number(request.captures[0]))
                            return api::problem(404, "not-found", "There is no such flow",
                                                "the id of a flow is a number");
                        return ((*packets).*answer)(request, request.captures[0]);
                    }});
    };
    of_flow("/api/v1/flows/{id}/packets", &Packets::list);
    of_flow("/api/v1/flows/{id}/pcap", &Packets::download);
}

}  // namespace baleen::endpoints
