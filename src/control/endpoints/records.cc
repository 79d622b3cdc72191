// Flows and events out of the store: a page of them, one flow with all that is known of it, or all
// that fit, as they are read.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "control/endpoints/answers.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/store/query.h"
#include "filter/event_type.h"
#include "record/alert.h"
#include "record/eve_json.h"
#include "record/event_row.h"

namespace baleen::endpoints {
namespace {

using filter::Kind;
using filter::Subject;

constexpr uint64_t page_max = 500;
constexpr size_t piece_bytes = 64 << 10;
// Records and events of one flow that are told.
constexpr uint64_t flow_records_max = 1000;

// How a record is written, and what goes before all of them.
struct Form {
    std::string_view content_type;
    std::string_view head;
    void (*append)(std::string&, const Subject&);
};

void append_eve(std::string& out, const Subject& s) {
    if (s.match != nullptr) record::append_eve_alert(out, *s.match, s.port_name);
    else if (s.app != nullptr) record::append_eve_app(out, *s.app, s.port_name);
    else record::append_eve_json(out, s.record, s.port_name);
}

void append_csv(std::string& out, const Subject& s) {
    if (s.match != nullptr) record::append_event_csv(out, *s.match, s.port_name);
    else if (s.app != nullptr) record::append_event_csv(out, *s.app, s.port_name);
    else record::append_csv(out, s.record);
}

constexpr std::string_view formats[] = {"json", "eve", "csv"};

Form form_of(std::string_view format, Kind kind) {
    if (format == "csv")
        return {"text/csv", kind == Kind::flow ? record::csv_header : record::event_csv_header,
                append_csv};
    return {"application/x-ndjson", {}, append_eve};
}

// All that fits, line by line.
class Lines : public api::BodySource {
public:
    Lines(store::QueryRun run, const Form& form) : run_(std::move(run)), form_(form) {
        if (!form.head.empty()) (head_ = form.head) += '\n';
    }

    bool next(std::string& out) override {
        out += std::exchange(head_, {});
        while (out.size() < piece_bytes) {
            const Subject* subject = run_.next();
            if (subject == nullptr) {
                if (run_.outcome() == store::Outcome::done) return false;
                throw std::runtime_error("the question was given up");
            }
            form_.append(out, *subject);
            out += '\n';
        }
        return true;
    }

private:
    store::QueryRun run_;
    const Form form_;
    std::string head_;
};

// What both flows and events are asked by.
store::Query query_of(Arguments& arguments, Kind kind, const Services& services) {
    store::Query query;
    query.kind = kind;
    query.filter = arguments.filter("filter", kind);
    query.sort = arguments.sort("sort", kind, query.descending);
    query.since_ns = arguments.time("since", query.since_ns);
    query.until_ns = arguments.time("until", query.until_ns);
    query.after = arguments.text("cursor");
    if (arguments.flag("last_run")) query.run_id = store::last_run_id(services.directory);
    return query;
}

// A page as JSON: the records, and where the next page begins.
api::Response page(store::QueryRun run, std::string_view name, uint64_t limit) {
    std::string out = fmt::format("{{\"{}\":[", name);
    uint64_t count = 0;
    std::string cursor;
    const Subject* subject = nullptr;
    while (count < limit && (subject = run.next()) != nullptr) {
        if (count++ > 0) out += ',';
        append_eve(out, *subject);
        cursor = run.position();
    }
    // One more says whether there is another page.
    const bool has_more = subject != nullptr && run.next() != nullptr;
    if (auto problem = stopped(run.outcome()); problem && count == 0) return std::move(*problem);
    out += "],\"cursor\":";
    out += has_more ? quoted(cursor) : "null";
    out += fmt::format(",\"is_whole\":{},\"problems\":{}}}", !stopped(run.outcome()),
                       quoted(run.problems()));
    return {.content_type = "application/json", .body = std::move(out)};
}

api::Response answer(const Services& services, const api::Request& request, Arguments& arguments,
                     store::Query query, std::string_view name) {
    const std::string format = arguments.choice("format", formats, "json");
    const bool is_page = format == "json";
    const uint64_t limit =
        arguments.count("limit", is_page ? 100 : UINT64_MAX, 1, is_page ? page_max : UINT64_MAX);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    query.limit = is_page ? limit + 1 : limit;
    const Kind kind = query.kind;
    auto run = store::QueryRun::open(
        services.directory, std::move(query),
        is_page ? cancel_of(request) : store::Cancel{.is_cancelled = request.cancelled});
    if (!run) return store_problem(run.error());
    if (is_page) return page(std::move(*run), name, limit);
    const Form form = form_of(format, kind);
    return {.content_type = std::string(form.content_type),
            .source = std::make_unique<Lines>(std::move(*run), form)};
}

api::Response flows(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    store::Query query = query_of(arguments, Kind::flow, services);
    return answer(services, request, arguments, std::move(query), "flows");
}

api::Response events(const Services& services, const api::Request& request,
                     std::string_view by_default) {
    Arguments arguments(request);
    const std::string name = arguments.text("type", by_default);
    const auto type = filter::find_event_type(name);
    if (!type) {
        arguments.refuse("type", type.error().message);
        return std::move(*arguments.problem());
    }
    store::Query query = query_of(arguments, (*type)->kind, services);
    query.app_protos = (*type)->app_protos;
    return answer(services, request, arguments, std::move(query), "events");
}

// Appends those of a flow as a JSON array. Returns how many.
base::Result<uint64_t> append_of_flow(std::string& out, const Services& services,
                                      const api::Request& request, store::Query query,
                                      uint64_t flow_id, bool& is_whole) {
    auto parsed = filter::Filter::parse(fmt::format("flow.id == {}", flow_id), query.kind);
    query.filter = std::move(std::get<filter::Filter>(parsed));
    query.limit = flow_records_max;
    auto run = store::QueryRun::open(services.directory, std::move(query), cancel_of(request));
    if (!run) return run.error();
    uint64_t count = 0;
    out += '[';
    while (const Subject* subject = run->next()) {
        if (count++ > 0) out += ',';
        append_eve(out, *subject);
    }
    out += ']';
    is_whole = is_whole && !stopped(run->outcome());
    return count;
}

// The records of a flow (one for each part) and its events. `since` and `until`, where they are
// known, spare a search through all that is stored.
api::Response flow(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    uint64_t id = 0;
    const std::string& text = request.captures[0];
    const auto [at, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool is_number = failed == std::errc{} && at == text.data() + text.size();
    store::Query records, said;
    records.since_ns = arguments.time("since", records.since_ns);
    records.until_ns = arguments.time("until", records.until_ns);
    said.kind = Kind::event;
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    std::string out = fmt::format("{{\"flow_id\":{},\"records\":", id);
    bool is_whole = true;
    const auto count = append_of_flow(out, services, request, std::move(records), id, is_whole);
    if (!count) return store_problem(count.error());
    if (!is_number || (*count == 0 && is_whole))
        return api::problem(404, "not-found", "There is no such flow",
                            "the store has no flow with this id in this time");
    out += ",\"events\":";
    const auto events = append_of_flow(out, services, request, std::move(said), id, is_whole);
    if (!events) return store_problem(events.error());
    out += fmt::format(",\"is_whole\":{}}}", is_whole);
    return {.content_type = "application/json", .body = std::move(out)};
}

}  // namespace

void add_records(api::Router& router, const Services& services) {
    using api::Request;
    router.add({.pattern = "/api/v1/flows",
                .handler = [&](const Request& request) { return flows(services, request); }});
    router.add({.pattern = "/api/v1/flows/{id}",
                .handler = [&](const Request& request) { return flow(services, request); }});
    router.add({.pattern = "/api/v1/events", .handler = [&](const Request& request) {
                    return events(services, request, "all");
                }});
    router.add({.pattern = "/api/v1/matches", .handler = [&](const Request& request) {
                    return events(services, request, "alert");
                }});
}

}  // namespace baleen::endpoints
