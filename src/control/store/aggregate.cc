#include "control/store/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "control/store/condition.h"
#include "control/store/level_spans.h"
#include "control/store/slice_set.h"
#include "filter/needs.h"

namespace baleen::store {
namespace {

using filter::Kind;

constexpr int64_t second_ns = level_ns[static_cast<size_t>(Level::second)];

// Everything that is asked of the slices of one pass.
class Pass {
public:
    Pass(const Scope& scope, const Query& query)
        : query_(query),
          watch_(scope.cancel, scope.rows_max),
          slices_(scope.directory, query, watch_),
          wanted_(wanted_times(query)) {}

    // Calls read(reader, wanted) for each slice that can have something, the newest first.
    template <class Read>
    AnswerInfo run(const Read& read) {
        for (uint32_t i = slices_.size(); i > 0 && !watch_.should_stop(); i--) {
            if (wanted_.is_empty() || !slices_.can_hold(i - 1, wanted_)) continue;
            SliceReader* reader = slices_.reader(i - 1);
            if (reader == nullptr) continue;
            const base::Status status = read(*reader);
            if (!status) slices_.fail(i - 1, status.error());
        }
        AnswerInfo info;
        info.since_ns = std::max<int64_t>(query_.since_ns, 0);
        info.until_ns = query_.until_ns;
        info.outcome = watch_.has_stopped() ? watch_.outcome() : Outcome::done;
        info.rows_read = watch_.rows();
        info.problems = slices_.problems();
        return info;
    }

    // Rows of a slice, or of some of its parts.
    template <class Visit>
    base::Status scan(SliceReader& reader, const std::vector<Part>& parts, bool whole,
                      const Visit& visit) {
        for (const Part& part : parts) {
            auto status = reader.scan(part, wanted_, Direction::any, whole,
                                      [&](const Found&, const filter::Subject& subject) {
                                          if (query_.filter.matches(subject)) visit(subject);
                                          return true;
                                      });
            if (!status || watch_.has_stopped()) return status;
        }
        return base::Ok{};
    }
    std::vector<Part> parts(const SliceReader& reader) const {
        return reader.parts(wanted_, Direction::any, 0);
    }
    Watch& watch() { return watch_; }

private:
    const Query& query_;
    Watch watch_;
    SliceSet slices_;
    Times wanted_;
};

base::Status find_store(const std::string& directory) {
    std::error_code failed;
    if (std::filesystem::is_directory(directory, failed)) return base::Ok{};
    return base::Error{fmt::format("there is no store in {}", directory)};
}

int64_t time_of(const filter::Subject& subject) {
    return subject.is_flow() ? subject.record.last_ns : subject.record.first_ns;
}

void count(const Grouping& by, const filter::Subject& subject, std::vector<Key>& keys,
           const Counter& counter) {
    const Sums sums = sums_of(subject);
    const int64_t time_ns = time_of(subject);
    counter.total(time_ns, sums);
    by.keys_of(subject, keys);
    for (const Key& key : keys)
        counter.key(time_ns, key.bytes, key.is_reversed ? sums.reversed() : sums);
}

Level coarsest_within(int64_t step_ns) {
    if (step_ns == 0) return Level::hour;
    for (const Level level : {Level::hour, Level::minute})
        if (step_ns % level_ns[static_cast<size_t>(level)] == 0) return level;
    return Level::second;
}

bool is_rolled_up(const Query& query, const Grouping& by, int64_t step_ns) {
    return query.kind == Kind::flow && query.filter.root() == nullptr && query.run_id == 0 &&
           by.dimension() && step_ns % second_ns == 0;
}

// The query's bounds, widened to whole seconds.
Query widened(const Query& query) {
    Query out;
    out.kind = query.kind;
    out.since_ns = std::max<int64_t>(query.since_ns, 0);
    out.since_ns -= out.since_ns % second_ns;
    out.until_ns = query.until_ns;
    if (const int64_t rest_ns = out.until_ns % second_ns;
        rest_ns > 0 && out.until_ns <= INT64_MAX - second_ns)
        out.until_ns += second_ns - rest_ns;
    return out;
}

// Counts down Scope::few_rows, over all slices of a question.
class FewRows {
public:
    explicit FewRows(uint64_t rows) : left_(rows) {}

    bool are_enough_for(const std::vector<Part>& parts) {
        uint64_t rows = 0;
        for (const Part& part : parts) {
            const uint64_t expected = part.rows_expected();
            rows = expected < UINT64_MAX - rows ? rows + expected : UINT64_MAX;
        }
        were_enough_ = rows <= left_;
        if (were_enough_) left_ -= rows;
        return were_enough_;
    }
    bool were_enough() const { return were_enough_; }

private:
    uint64_t left_;
    bool were_enough_ = false;
};

// What a slice has rolled up of one dimension, and of all; then records of rows that it has not.
base::Status count_rolled_up(Pass& pass, SliceReader& reader, Dimension dimension,
                             const std::vector<LevelSpan>& spans, const Counter& counter,
                             bool& has_rest) {
    const auto take = [&](int64_t start_ns, std::string_view key, const Sums& sums, bool is_total) {
        if (is_total) counter.total(start_ns, sums);
        if (is_total && dimension != Dimension::total) return;
        has_rest = has_rest || (key.empty() && dimension != Dimension::total);
        counter.key(start_ns, key, sums);
    };
    for (const LevelSpan& span : spans) {
        for (const Dimension each : {Dimension::total, dimension}) {
            const bool is_total = each == Dimension::total;
            auto status = reader.read_rollups(
                span, each, [&](int64_t start_ns, std::string_view key, const Sums& sums) {
                    take(start_ns, key, sums, is_total);
                });
            if (!status) return status;
            if (dimension == Dimension::total) break;
        }
    }
    std::vector<Key> keys;
    const Grouping by = Grouping::of(dimension);
    return pass.scan(reader, reader.parts_not_rolled_up(), by.needs_sections(),
                     [&](const filter::Subject& subject) { count(by, subject, keys, counter); });
}

}  // namespace

void AnswerInfo::add(const AnswerInfo& pass) {
    if (outcome == Outcome::done) outcome = pass.outcome;
    is_exact = is_exact && pass.is_exact;
    rows_read += pass.rows_read;
    for (const std::string& problem : pass.problems)
        if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
}

base::Result<AnswerInfo> for_each_record(const Scope& scope, bool needs_sections,
                                         const std::function<void(const filter::Subject&)>& visit) {
    if (auto status = find_store(scope.directory); !status) return status.error();
    const bool whole = needs_sections || filter::needs_sections(scope.query.filter);
    Pass pass(scope, scope.query);
    return pass.run(
        [&](SliceReader& reader) { return pass.scan(reader, pass.parts(reader), whole, visit); });
}

base::Result<AnswerInfo> count_by(const Scope& scope, const Grouping& by, int64_t step_ns,
                                  const Counter& counter) {
    std::vector<Key> keys;
    const auto visit = [&](const filter::Subject& subject) { count(by, subject, keys, counter); };
    if (!is_rolled_up(scope.query, by, step_ns))
        return for_each_record(scope, by.needs_sections(), visit);
    if (auto status = find_store(scope.directory); !status) return status.error();
    const Query query = widened(scope.query);
    const auto spans = level_spans(query.since_ns, query.until_ns, coarsest_within(step_ns));
    Pass pass(scope, query);
    FewRows rows(scope.few_rows);
    bool has_rest = false;
    bool has_rollups = false;
    auto info = pass.run([&](SliceReader& reader) -> base::Status {
        // One transaction: rows that are rolled up meanwhile would be counted twice.
        reader.begin();
        auto rolled_up = reader.look_for_rollups();
        base::Status status = base::Ok{};
        if (!rolled_up) status = rolled_up.error();
        else if (const auto parts = pass.parts(reader); !*rolled_up || rows.are_enough_for(parts))
            status = pass.scan(reader, parts, by.needs_sections(), visit);
        else status = count_rolled_up(pass, reader, *by.dimension(), spans, counter, has_rest);
        has_rollups = has_rollups || (rolled_up && *rolled_up && !rows.were_enough());
        reader.end();
        return status;
    });
    info.is_exact = !has_rest;
    info.from_rollups = has_rollups;
    return info;
}

}  // namespace baleen::store
