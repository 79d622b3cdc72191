#include "control/endpoints/answers.h"

#include "record/text.h"

namespace baleen::endpoints {
namespace {

// Longer than anybody looks at an empty page; what takes more wants a shorter time.
constexpr auto question_time_max = std::chrono::seconds(20);

}  // namespace

store::Cancel cancel_of(const api::Request& request) {
    return {.is_cancelled = request.cancelled,
            .deadline = store::Cancel::Clock::now() + question_time_max};
}

std::optional<api::Response> stopped(store::Outcome outcome) {
    switch (outcome) {
        case store::Outcome::running:
        case store::Outcome::done: return std::nullopt;
        case store::Outcome::cancelled:
            return api::problem(503, "cancelled", "The question was given up",
                                "nobody waits for the answer any more");
        case store::Outcome::deadline:
        case store::Outcome::rows_max: break;
    }
    return api::problem(503, "too-much", "The question takes too long",
                        "ask for a shorter time (since, until), or for fewer records");
}

api::Response store_problem(const base::Error& error) {
    return api::problem(422, "store", "The store cannot answer", error.message);
}

api::Response busy(std::string_view title, std::string_view detail, int wait_s) {
    auto response = api::problem(503, "busy", title, detail);
    response.headers.emplace_back("Retry-After", std::to_string(wait_s));
    return response;
}

std::string quoted(std::string_view text) {
    std::string out;
    record::append_json_string(out, text);
    return out;
}

std::string quoted(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) out += ',';
        record::append_json_string(out, text);
    }
    return out + "]";
}

}  // namespace baleen::endpoints
