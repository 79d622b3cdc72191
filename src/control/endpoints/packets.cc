// Packets out of the files that the data plane writes: as a capture file, or a line for each.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/endpoints/packet_search.h"

namespace baleen::endpoints {
namespace {

using process::HelperProcess;
using Search = PacketSearches::Search;

constexpr auto download_time_max = std::chrono::minutes(10);
constexpr auto list_time_max = std::chrono::seconds(25);
// Of a list: packets, and the bytes of them that are looked at.
constexpr uint64_t packets_max = 1000;
constexpr size_t list_bytes_max = 16 << 20;

class Download : public api::BodySource {
public:
    Download(Search search, std::string first)
        : search_(std::move(search)), first_(std::move(first)) {}

    bool next(std::string& out) override {
        if (!first_.empty()) {
            out += std::exchange(first_, {});
            return true;
        }
        const auto more = search_.process.read(out);
        if (!more) throw std::runtime_error(more.error().message);
        return *more;
    }

private:
    Search search_;
    std::string first_;
};

nlohmann::ordered_json packets_json(std::string_view lines, bool is_whole) {
    auto packets = nlohmann::ordered_json::array();
    for (size_t at = 0; at < lines.size();) {
        const size_t end = std::min(lines.find('\n', at), lines.size());
        auto packet = nlohmann::ordered_json::parse(lines.substr(at, end - at), nullptr, false);
        if (!packet.is_discarded()) packets.push_back(std::move(packet));
        at = end + 1;
    }
    return {{"packets", std::move(packets)}, {"is_whole", is_whole}};
}

class Packets {
public:
    Packets(const Services& services, std::shared_ptr<PacketSearches> searches)
        : services_(services), searches_(std::move(searches)) {}

    api::Response download(const api::Request& request, std::string_view flow_id) {
        Arguments arguments(request);
        const auto words = extract_words(services_.directory, arguments, flow_id);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        auto started = searches_->start(words, request, download_time_max);
        auto* search = std::get_if<Search>(&started);
        if (search == nullptr) return std::get<api::Response>(std::move(started));
        // What is wrong shows before the first bytes; behind them an answer can only break off.
        std::string first;
        const auto more = search->process.read(first);
        if (!more) return search_problem(more.error().message);
        const std::string name = flow_id.empty() ? "packets" : fmt::format("flow-{}", flow_id);
        return {.content_type = "application/x-pcapng",
                .headers = {{"Content-Disposition",
                             fmt::format("attachment; filename=\"{}.pcapng\"", name)}},
                .source = std::make_unique<Download>(std::move(*search), std::move(first))};
    }

    api::Response list(const api::Request& request, std::string_view flow_id) {
        Arguments arguments(request);
        const auto words = extract_words(services_.directory, arguments, flow_id);
        const uint64_t limit = arguments.count("limit", 100, 1, packets_max);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        auto started = searches_->start(words, request, list_time_max);
        auto* search = std::get_if<Search>(&started);
        if (search == nullptr) return std::get<api::Response>(std::move(started));
        std::string capture;
        bool is_whole = false;
        while (!is_whole && capture.size() < list_bytes_max) {
            const auto more = search->process.read(capture);
            if (!more) return search_problem(more.error().message);
            is_whole = !*more;
        }
        const std::vector<std::string> read_words = {"read", "--read=-", "--json",
                                                     fmt::format("--count={}", limit)};
        auto read =
            HelperProcess::start("baleen", read_words,
                                 {.memory_bytes = search_memory_bytes_max,
                                  .deadline = std::chrono::steady_clock::now() + list_time_max,
                                  .cancelled = request.cancelled});
        if (!read) return search_problem(read.error().message);
        read->give(std::move(capture));
        const auto lines = read->read_all(list_bytes_max);
        // A capture that was cut in the middle of a packet ends with a complaint about that.
        if (!lines && is_whole) return search_problem(lines.error().message);
        return api::json_response(packets_json(lines ? *lines : std::string(), is_whole));
    }

private:
    const Services& services_;
    std::shared_ptr<PacketSearches> searches_;
};

}  // namespace

void add_packets(api::Router& router, const Services& services,
                 std::shared_ptr<PacketSearches> searches) {
    using api::Request;
    const auto packets = std::make_shared<Packets>(services, std::move(searches));
    const auto add = [&](const char* pattern, api::Handler handler) {
        router.add(
            {.pattern = pattern, .handler = std::move(handler), .threads = api::Threads::helpers});
    };
    add("/api/v1/packets", [=](const Request& request) { return packets->list(request, {}); });
    add("/api/v1/packets/pcap",
        [=](const Request& request) { return packets->download(request, {}); });
    const auto of_flow = [&](const char* pattern, auto answer) {
        add(pattern, [=](const Request& request) {
            if (!is_flow_id(request.captures[0]))
                return api::problem(404, "not-found", "There is no such flow",
                                    "the id of a flow is a number");
            return ((*packets).*answer)(request, request.captures[0]);
        });
    };
    of_flow("/api/v1/flows/{id}/packets", &Packets::list);
    of_flow("/api/v1/flows/{id}/pcap", &Packets::download);
}

}  // namespace baleen::endpoints
