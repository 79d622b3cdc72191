#include "cli/store/store_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "control/store/query.h"
#include "control/store/series.h"
#include "control/store/top.h"

namespace baleen::cli {
namespace {

using store::Grouping;
using store::Measure;

constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t minute_ns = 60 * second_ns;
constexpr int64_t hour_ns = 60 * minute_ns;

// Asks about one store; an answer is how many rows it had.
class Asker {
public:
    using Answer = base::Result<uint64_t>;

    Asker(const std::string& directory, int64_t start_ns, int64_t span_ns, uint64_t seed)
        : directory_(directory), start_ns_(start_ns), span_ns_(span_ns), random_(seed) {}

    // What one network's hosts did with a port in a minute, in the order of time.
    Answer filter_in_minute() {
        store::Query query = of_span(minute_ns);
        set_filter(query,
                   fmt::format("ip.addr == 10.0.{}.0/24 && tcp.port == 443", random_() % networks));
        return all_of(std::move(query));
    }
    Answer newest_500() {
        store::Query query;
        query.descending = true;
        query.limit = 500;
        return all_of(std::move(query));
    }
    Answer page_10_by_bytes() {
        store::Query query = of_span(minute_ns);
        uint64_t rows = 0;
        std::string position;
        const int64_t since_ns = query.since_ns;
        for (int page = 1; page <= 10; page++) {
            store::Query next;
            next.since_ns = since_ns;
            next.until_ns = since_ns + minute_ns;
            next.sort = filter::find_field("flow.bytes");
            next.descending = true;
            next.limit = 100;
            next.after = position;
            begin_ = Clock::now();
            auto run = store::QueryRun::open(directory_, std::move(next));
            if (!run) return run.error();
            for (rows = 0; run->next() != nullptr;) rows++;
            position = run->position();
            if (!run->problems().empty()) return base::Error{run->problems()[0]};
        }
        return rows;
    }
    Answer top_hosts(store::Query query) {
        const auto top = store::find_top({.directory = directory_, .query = std::move(query)},
                                         Grouping::of(store::Dimension::host), Measure::bytes, 20);
        if (!top) return top.error();
        return top->rows.size();
    }
    Answer top_hosts_of_store() { return top_hosts({}); }
    Answer top_hosts_in_hour() { return top_hosts(of_span(hour_ns)); }
    Answer top_hosts_in_minute_filtered() {
        store::Query query = of_span(minute_ns);
        set_filter(query, "tcp.port == 443");
        return top_hosts(std::move(query));
    }
    Answer series_of_store() {
        const auto series = store::find_series({.directory = directory_, .query = {}}, std::nullopt,
                                               Measure::bytes, 5 * minute_ns, 0);
        if (!series) return series.error();
        return series->total.size();
    }

    // Milliseconds that the last answer took: of several, the last of them.
    template <class Ask>
    base::Result<double> time(const Ask& ask, double& rows) {
        begin_ = Clock::now();
        const Answer answer = ask(*this);
        if (!answer) return answer.error();
        rows += static_cast<double>(*answer);
        return std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr uint64_t networks = 195;

    // A span that lies within the store, anywhere in it.
    store::Query of_span(int64_t length_ns) {
        store::Query query;
        const auto room = static_cast<uint64_t>(std::max<int64_t>(span_ns_ - length_ns, 1));
        query.since_ns = start_ns_ + static_cast<int64_t>(random_() % room);
        query.until_ns = query.since_ns + length_ns;
        return query;
    }
    static void set_filter(store::Query& query, const std::string& text) {
        query.filter = std::move(std::get<0>(filter::Filter::parse(text)));
    }
    Answer all_of(store::Query query) {
        auto run = store::QueryRun::open(directory_, std::move(query));
        if (!run) return run.error();
        uint64_t rows = 0;
        while (run->next() != nullptr) rows++;
        if (!run->problems().empty()) return base::Error{run->problems()[0]};
        return rows;
    }

    std::string directory_;
    int64_t start_ns_;
    int64_t span_ns_;
    std::mt19937_64 random_;
    Clock::time_point begin_;
};

struct Kind {
    const char* name;
    Asker::Answer (Asker::*ask)();
};
constexpr Kind kinds[] = {
    {"filter_in_minute", &Asker::filter_in_minute},
    {"newest_500", &Asker::newest_500},
    {"page_10_by_bytes_in_minute", &Asker::page_10_by_bytes},
    {"top_hosts_of_store", &Asker::top_hosts_of_store},
    {"top_hosts_in_hour", &Asker::top_hosts_in_hour},
    {"top_hosts_in_minute_filtered", &Asker::top_hosts_in_minute_filtered},
    {"series_of_store", &Asker::series_of_store},
};

}  // namespace

base::Result<std::vector<QuestionFigures>> ask_questions(const std::string& directory,
                                                         int64_t start_ns, int64_t span_ns,
                                                         uint64_t count, uint64_t seed) {
    std::vector<QuestionFigures> out;
    for (const Kind& kind : kinds) {
        Asker asker(directory, start_ns, span_ns, seed);
        std::vector<double> times_ms;
        double rows = 0;
        for (uint64_t i = 0; i < count; i++) {
            const auto ms = asker.time([&](Asker& each) { return (each.*kind.ask)(); }, rows);
            if (!ms) return ms.error();
            times_ms.push_back(*ms);
        }
        if (times_ms.empty()) continue;
        std::ranges::sort(times_ms);
        out.push_back({kind.name, times_ms[times_ms.size() / 2],
                       times_ms[times_ms.size() * 99 / 100], rows / static_cast<double>(count)});
    }
    return out;
}

}  // namespace baleen::cli
