#include "control/sharkd/sharkd.h"

#include <fmt/format.h>

#include <utility>

namespace baleen::sharkd {
namespace {

using Json = nlohmann::json;

// sharkd begins with 350 MB of address space and up to 160 MB in memory; 192 000 packets add as
// much again.
constexpr uint64_t memory_bytes = 1ull << 30;
// As long as a question of the API may take.
constexpr auto answer_time_max = std::chrono::seconds(25);
// Following a stream is the longest answer: its bytes again, a third longer in base64, of a capture
// that has capture_bytes_max (capture_file.h).
constexpr size_t line_bytes_max = 96 << 20;
// In the order of Method.
constexpr std::string_view method_names[] = {"load",  "status",   "frames", "frame",
                                             "check", "complete", "follow"};
// Where it finds the capture that it was given.
constexpr std::string_view capture_path = "/proc/self/fd/3";

}  // namespace

std::string_view name_of(Method method) { return method_names[static_cast<size_t>(method)]; }

std::string question(uint64_t number, Method method, const Json& parameters) {
    const Json whole = {
        {"jsonrpc", "2.0"}, {"id", number}, {"method", name_of(method)}, {"params", parameters}};
    // Control characters, ends of lines among them, are escaped, and what is not UTF-8 replaced.
    return whole.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Reply> read_reply(std::string_view line, uint64_t number) {
    Json said = Json::parse(line, nullptr, false);
    if (!said.is_object() || !said.contains("id") || said["id"] != number) return std::nullopt;
    if (const auto error = said.find("error"); error != said.end()) {
        std::string message = "sharkd does not say why";
        if (error->is_object() && error->contains("message") && (*error)["message"].is_string())
            message = (*error)["message"].get<std::string>();
        return Reply{.kind = Reply::Kind::refused, .result = {}, .message = std::move(message)};
    }
    return Reply{.kind = Reply::Kind::answered, .result = std::move(said["result"]), .message = {}};
}

base::Result<Sharkd> Sharkd::start(int capture) {
    auto process =
        process::HelperProcess::start("baleen-sharkd", {}, {.memory_bytes = memory_bytes}, capture);
    if (!process) return process.error();
    return Sharkd(std::move(*process));
}

Reply Sharkd::load(const std::atomic<bool>* cancelled) {
    return ask(Method::load, {{"file", capture_path}}, cancelled);
}

Reply Sharkd::ask(Method method, const Json& parameters, const std::atomic<bool>* cancelled) {
    if (is_lost_) return no_line(cancelled);
    process_.limit(std::chrono::steady_clock::now() + answer_time_max, cancelled);
    process_.say(question(++asked_, method, parameters));
    for (;;) {
        const auto line = next_line();
        if (!line) return no_line(cancelled);
        if (auto reply = read_reply(*line, asked_)) return std::move(*reply);
    }
}

std::optional<std::string> Sharkd::next_line() {
    for (size_t looked = 0;;) {
        if (const size_t end = said_.find('\n', looked); end != std::string::npos) {
            std::string line = said_.substr(0, end);
            said_.erase(0, end + 1);
            looked = 0;
            // It ends each answer with an empty one.
            if (line.empty()) continue;
            return line;
        }
        looked = said_.size();
        const auto more = process_.read(said_);
        if (more && *more && said_.size() <= line_bytes_max) continue;
        why_ = !more   ? more.error().message
               : *more ? "sharkd says more than it may"
                       : "sharkd has ended";
        return std::nullopt;
    }
}

Reply Sharkd::no_line(const std::atomic<bool>* cancelled) {
    const bool is_abandoned = !is_lost_ && cancelled != nullptr && cancelled->load();
    is_lost_ = !is_abandoned;
    return {.kind = is_abandoned ? Reply::Kind::abandoned : Reply::Kind::lost,
            .result = {},
            .message = why_};
}

}  // namespace baleen::sharkd
