// Packets as Wireshark's dissectors see them: opened once, then asked about, until nobody asks.
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "control/endpoints/answers.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/dissection_json.h"
#include "control/endpoints/endpoints.h"
#include "control/endpoints/packet_search.h"
#include "control/sharkd/capture_file.h"
#include "control/sharkd/dissections.h"

namespace baleen::endpoints {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using sharkd::Dissection, sharkd::Method, sharkd::Reply;
using Question = Dissection::Question;

constexpr auto search_time_max = std::chrono::seconds(25);
constexpr uint64_t rows_max = 1000;
constexpr size_t fields_max = 200;
// Of a stream, in base64: some 6 MB of what was said; a page cannot show more.
constexpr size_t stream_bytes_max = 8 << 20;
constexpr std::string_view protocols[] = {"TCP",   "UDP",  "TLS", "HTTP",
                                          "HTTP2", "QUIC", "SIP", "DCCP"};

api::Response gone() {
    return api::problem(404, "not-found", "There is no such dissection",
                        "it was closed, or nobody has asked for some time; open the packets again");
}

api::Response lost(const std::string& why) {
    // The message of the program that did not start says how to mend it.
    if (why.find("is not installed") != std::string::npos)
        return api::problem(501, "no-dissector", "There is nothing to dissect packets with", why);
    return api::problem(502, "dissector", "Wireshark's dissectors have failed", why);
}

// `refusal`: what the question was wrong about.
api::Response problem_of(const Reply& reply, std::string_view refusal) {
    if (reply.kind == Reply::Kind::refused)
        return api::problem(400, refusal, "The dissectors refuse this", reply.message);
    return lost(reply.message);
}

json with_filter(json parameters, const std::string& filter) {
    if (!filter.empty()) parameters["filter"] = filter;
    return parameters;
}

class Desk {
public:
    Desk(const Services& services, std::shared_ptr<PacketSearches> searches)
        : services_(services), searches_(std::move(searches)) {}

    api::Response open(const api::Request& request) {
        Arguments arguments(request);
        const std::string flow = arguments.text("flow");
        if (!flow.empty() && !is_flow_id(flow))
            arguments.refuse("flow", "the id of a flow is a number");
        const auto words = extract_words(services_.directory, arguments, flow);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        auto place = services_.dissections.take_place();
        if (!place)
            return busy(
                "Others look at packets",
                fmt::format("{} captures can be looked at at a time", sharkd::dissections_max), 10);
        auto file = sharkd::CaptureFile::make();
        if (!file) return search_problem(file.error().message);
        // It takes its time to start, which the search does as well.
        auto sharkd = sharkd::Sharkd::start(file->fd());
        if (!sharkd) return lost(sharkd.error().message);
        bool is_whole = true;
        if (auto wrong = fill(*file, words, request, is_whole)) return std::move(*wrong);
        const Reply loaded = sharkd->load(request.cancelled);
        if (loaded.kind != Reply::Kind::answered) return lost(loaded.message);
        const std::string id = services_.dissections.keep(std::move(place), std::move(*sharkd));
        const auto idle = std::chrono::duration_cast<std::chrono::seconds>(sharkd::idle_max);
        auto response = api::json_response(ordered_json{{"id", id},
                                                        {"packets", file->packets()},
                                                        {"is_whole", is_whole},
                                                        {"idle_s", idle.count()}},
                                           201);
        response.headers.emplace_back("Location", "/api/v1/dissections/" + id);
        return response;
    }

    api::Response close(const api::Request& request) {
        Arguments arguments(request);
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        services_.dissections.close(request.captures[0]);
        return {.status = 204};
    }

    api::Response list(const api::Request& request) {
        Arguments arguments(request);
        const std::string filter = arguments.text("display_filter");
        const uint64_t skip = arguments.count("skip", 0, 0, sharkd::capture_packets_max);
        const uint64_t limit = arguments.count("limit", 100, 1, rows_max);
        json parameters = with_filter({{"limit", limit + 1}}, filter);
        if (skip > 0) parameters["skip"] = skip;
        std::vector<Question> questions = {{Method::frames, std::move(parameters)}};
        // What is wrong with a filter only this one says.
        if (!filter.empty())
            questions.insert(questions.begin(), {Method::check, {{"filter", filter}}});
        return answer(request, arguments, questions,
                      [&](const json& result) { return dissected_list(result, limit); });
    }

    api::Response packet(const api::Request& request) {
        Arguments arguments(request);
        uint64_t number = 0;
        const std::string& text = request.captures[1];
        std::from_chars(text.data(), text.data() + text.size(), number);
        const Question question = {Method::frame,
                                   {{"frame", number}, {"proto", true}, {"bytes", true}}};
        return answer(
            request, arguments, {&question, 1},
            [&](const json& result) { return dissected_packet(result, number); }, "no-packet");
    }

    api::Response stream(const api::Request& request) {
        Arguments arguments(request);
        const std::string protocol = arguments.choice("protocol", protocols, "TCP");
        const std::string filter = arguments.text("display_filter");
        if (filter.empty()) arguments.refuse("display_filter", "it says which stream is meant");
        // What is wrong with a filter the first one says better.
        const Question questions[] = {{Method::check, {{"filter", filter}}},
                                      {Method::follow, {{"follow", protocol}, {"filter", filter}}}};
        return answer(request, arguments, questions, [](const json& result) {
            return dissected_stream(result, stream_bytes_max);
        });
    }

    api::Response check(const api::Request& request) {
        Arguments arguments(request);
        const std::string filter = arguments.text("display_filter");
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        if (filter.empty()) return api::json_response({{"valid", true}});
        const auto dissection = services_.dissections.find(request.captures[0]);
        if (!dissection) return gone();
        const Question question = {Method::check, {{"filter", filter}}};
        const Reply reply = dissection->ask({&question, 1}, request.cancelled);
        if (reply.kind == Reply::Kind::refused)
            return api::json_response({{"valid", false}, {"message", reply.message}});
        if (reply.kind != Reply::Kind::answered) return failed(request, reply, "display-filter");
        return api::json_response({{"valid", true}});
    }

    api::Response fields(const api::Request& request) {
        Arguments arguments(request);
        const std::string prefix = arguments.text("prefix");
        if (prefix.empty()) arguments.refuse("prefix", "it says what fields begin with");
        const Question question = {Method::complete, {{"field", prefix}}};
        return answer(request, arguments, {&question, 1},
                      [](const json& result) { return display_fields(result, fields_max); });
    }

private:
    std::optional<api::Response> fill(sharkd::CaptureFile& file,
                                      const std::vector<std::string>& words,
                                      const api::Request& request, bool& is_whole) {
        auto started = searches_->start(words, request, search_time_max);
        auto* search = std::get_if<PacketSearches::Search>(&started);
        if (search == nullptr) return std::get<api::Response>(std::move(started));
        std::string bytes;
        while (is_whole) {
            const auto more = search->process.read(bytes);
            if (!more) return search_problem(more.error().message);
            if (!*more) return std::nullopt;
            is_whole = file.take(bytes);
        }
        return std::nullopt;
    }

    template <class Tell>
    api::Response answer(const api::Request& request, Arguments& arguments,
                         std::span<const Question> questions, const Tell& tell,
                         std::string_view refusal = "display-filter") {
        if (auto wrong = arguments.problem()) return std::move(*wrong);
        const auto dissection = services_.dissections.find(request.captures[0]);
        if (!dissection) return gone();
        const Reply reply = dissection->ask(questions, request.cancelled);
        if (reply.kind != Reply::Kind::answered) return failed(request, reply, refusal);
        return api::json_response(tell(reply.result));
    }

    // One that has no more answers is not kept.
    api::Response failed(const api::Request& request, const Reply& reply,
                         std::string_view refusal) {
        if (reply.kind == Reply::Kind::lost) services_.dissections.close(request.captures[0]);
        return problem_of(reply, refusal);
    }

    const Services& services_;
    std::shared_ptr<PacketSearches> searches_;
};

}  // namespace

void add_dissections(api::Router& router, const Services& services,
                     std::shared_ptr<PacketSearches> searches) {
    const auto desk = std::make_shared<Desk>(services, std::move(searches));
    const auto add = [&](api::Method method, const char* path, auto answer) {
        router.add(
            {.method = method,
             .pattern = std::string("/api/v1/dissections") + path,
             .handler = [=](const api::Request& request) { return ((*desk).*answer)(request); },
             .threads = api::Threads::helpers});
    };
    add(api::Method::post, "", &Desk::open);
    add(api::Method::delete_, "/{id}", &Desk::close);
    add(api::Method::get, "/{id}/packets", &Desk::list);
    add(api::Method::get, "/{id}/packets/{number}", &Desk::packet);
    add(api::Method::get, "/{id}/stream", &Desk::stream);
    add(api::Method::get, "/{id}/filter", &Desk::check);
    add(api::Method::get, "/{id}/fields", &Desk::fields);
}

}  // namespace baleen::endpoints
