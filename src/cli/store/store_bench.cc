#include "cli/store/store_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "base/median.h"
#include "cli/store/store_questions.h"
#include "cli/store/store_rows.h"
#include "control/ingest.h"
#include "control/store/database.h"
#include "control/store/slice_list.h"
#include "control/store/store.h"
#include "ring/segment.h"

namespace baleen::cli {
namespace {

constexpr uint64_t run_id = 1;

// Adds up what passes while something runs.
class Watch {
public:
    template <class Run>
    auto time(const Run& run) {
        const auto begin = Clock::now();
        auto result = run();
        spent_ += Clock::now() - begin;
        return result;
    }
    double seconds() const { return std::chrono::duration<double>(spent_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::duration spent_{};
};

// Of a transaction.
uint64_t batch_records() { return config::Settings::Store{}.batch_records; }

struct Pace {
    double per_s;
    double bytes;  // of a row, on average
};

// Calls take(rows) for parts of five commits, which the ring has room for, and end() at last.
template <class Take, class End>
base::Result<Pace> run_rows(ring::FrameType type, const StoreEffort& effort, const Take& take,
                            const End& end) {
    const uint64_t part = 5 * batch_records();
    StoreRows rows(type, effort.records, effort.seed);
    double bytes = 0;
    Watch watch;
    for (uint64_t done = 0; done < effort.records; done += part) {
        rows.make(std::min(part, effort.records - done));
        for (const StoreRows::Row& row : rows.rows()) bytes += static_cast<double>(row.bytes);
        if (auto status = take(rows, watch); !status) return status.error();
    }
    if (auto status = watch.time(end); !status) return status.error();
    const auto count = static_cast<double>(effort.records);
    return Pace{count / watch.seconds(), bytes / count};
}

// From the ring to sealed slices, as the control process does it.
base::Result<Pace> run_store(const std::string& directory, ring::FrameType type,
                             const StoreEffort& effort, bool rollup = true) {
    config::Settings::Store settings;
    settings.rollup = rollup;
    settings.slice_ns = StoreRows::slice_ns;
    auto store = store::Store::open(directory, settings);
    if (!store) return store.error();
    store->set_run(run_id, StoreRows::start_ns, "bench\n");
    auto ring = ring::create_ring(64 << 20, run_id, 0, 1);
    if (!ring) return ring.error();
    ring::Writer writer(ring->view);
    std::vector<ring::Reader> readers;
    readers.push_back(ring::Reader::open(ring->fd.get()));
    control::Ingest ingest(std::move(readers), &*store, settings);
    const auto finish = [&]() -> base::Status {
        const bool done = ingest.commit();
        store->close();
        if (done && ingest.records_stored() == effort.records) return base::Ok{};
        return base::Error{"the store does not take all records"};
    };
    return run_rows(
        type, effort,
        [&](const StoreRows& rows, Watch& watch) -> base::Status {
            rows.write(writer);
            while (watch.time([&] { return ingest.poll_once(); }) > 0) {
            }
            for (const std::string& notice : ingest.take_notices()) return base::Error{notice};
            return base::Ok{};
        },
        finish);
}

// The same rows by a prepared statement into one table, set up and committed as a slice is.
base::Result<Pace> run_bare(const std::string& path, const StoreEffort& effort) {
    auto database = store::Database::open(path, store::Database::Mode::read_write_create);
    if (!database) return database.error();
    if (auto status = database->execute(
            "PRAGMA page_size = 16384; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL; "
            "CREATE TABLE flow (run INTEGER, worker INTEGER, sequence INTEGER, first_ns INTEGER, "
            "last_ns INTEGER, record BLOB)");
        !status)
        return status.error();
    auto insert = database->prepare("INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    const auto batch = static_cast<int64_t>(batch_records());
    int64_t sequence = 0;
    const auto insert_all = [&](const StoreRows& rows) -> base::Status {
        for (const StoreRows::Row& row : rows.rows()) {
            if (sequence % batch == 0)
                if (auto status = database->execute("BEGIN IMMEDIATE"); !status) return status;
            insert->bind(1, int64_t{run_id})
                .bind(2, int64_t{0})
                .bind(3, sequence++)
                .bind(4, row.first_ns)
                .bind(5, row.last_ns)
                .bind(6, rows.bytes_of(row));
            if (insert->step() != SQLITE_DONE) return database->error("takes no row");
            insert->reset();
            if (sequence % batch == 0)
                if (auto status = database->execute("COMMIT"); !status) return status;
        }
        return base::Ok{};
    };
    return run_rows(
        ring::FrameType::flow, effort,
        [&](const StoreRows& rows, Watch& watch) {
            return watch.time([&] { return insert_all(rows); });
        },
        [&]() -> base::Status {
            if (sequence % batch != 0)
                if (auto status = database->execute("COMMIT"); !status) return status;
            return database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
        });
}

base::Status run_queries(const std::string& directory, const StoreEffort& effort,
                         StoreFigures& figures) {
    auto questions = ask_questions(directory, StoreRows::start_ns, StoreRows::span_ns,
                                   effort.queries, effort.seed);
    if (!questions) return questions.error();
    figures.questions = std::move(*questions);
    for (const QuestionFigures& question : figures.questions) {
        figures.query_p50_ms = std::max(figures.query_p50_ms, question.p50_ms);
        figures.query_p99_ms = std::max(figures.query_p99_ms, question.p99_ms);
    }
    if (!figures.questions.empty()) figures.flows_found = figures.questions[0].answer_rows;
    return base::Ok{};
}

// The paces of a round; one that was not measured is zero.
struct Round {
    Pace bare{}, event{}, plain{}, flow{};
};

base::Result<Round> run_round(const std::string& folder, const StoreEffort& effort) {
    Round out;
    std::error_code ignored;
    base::Status status = base::Ok{};
    // One after the other, so that the disk holds one of them at a time.
    const auto measure = [&](Pace& pace, const auto& run) {
        if (!status) return;
        std::filesystem::remove_all(folder, ignored);
        std::filesystem::create_directory(folder, ignored);
        const base::Result<Pace> measured = run();
        if (measured) pace = *measured;
        else status = measured.error();
    };
    using ring::FrameType;
    if (!effort.alone) {
        measure(out.bare, [&] { return run_bare(folder + "/bare.sqlite", effort); });
        measure(out.event, [&] { return run_store(folder, FrameType::application, effort); });
        measure(out.plain, [&] { return run_store(folder, FrameType::flow, effort, false); });
    }
    measure(out.flow, [&] { return run_store(folder, FrameType::flow, effort); });
    if (!status) return status.error();
    return out;
}

double ratio_of(const Pace& a, const Pace& b) { return b.per_s > 0 ? a.per_s / b.per_s : 0; }

}  // namespace

base::Result<StoreFigures> measure_store(const std::string& directory, const StoreEffort& effort) {
    std::vector<double> stored, plain, bare, ratios, rollup_ratios, events;
    StoreFigures figures{};
    const std::string folder = directory + "/round";
    if (!store::list_slices(folder).empty()) {
        if (auto status = run_queries(folder, effort, figures); !status) return status.error();
        return figures;
    }
    for (int i = 0; i < effort.rounds; i++) {
        const auto round = run_round(folder, effort);
        if (!round) return round.error();
        stored.push_back(round->flow.per_s);
        plain.push_back(round->plain.per_s);
        bare.push_back(round->bare.per_s);
        ratios.push_back(ratio_of(round->flow, round->bare));
        rollup_ratios.push_back(ratio_of(round->flow, round->plain));
        events.push_back(round->event.per_s);
        figures.record_bytes = round->flow.bytes;
        figures.event_bytes = round->event.bytes;
    }
    figures.records_per_s = base::median(stored);
    figures.plain_records_per_s = base::median(plain);
    figures.bare_records_per_s = base::median(bare);
    figures.ratio = base::median(ratios);
    figures.rollup_ratio = base::median(rollup_ratios);
    figures.events_per_s = base::median(events);
    if (auto status = run_queries(folder, effort, figures); !status) return status.error();
    return figures;
}

}  // namespace baleen::cli
