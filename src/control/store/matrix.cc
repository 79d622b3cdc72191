#include "control/store/matrix.h"

#include <map>

#include "control/store/series.h"
#include "control/store/tally.h"

namespace baleen::store {
namespace {

using Places = std::map<std::string, size_t, std::less<>>;

std::vector<MatrixAxis> axis_of(const Tally& tally, const Grouping& by, size_t limit,
                                Places& places) {
    std::vector<MatrixAxis> out;
    for (Tally::Entry& entry : tally.top(limit)) {
        places[entry.key] = out.size();
        out.push_back({entry.key, by.texts_of(entry.key), entry.sums});
    }
    return out;
}

void add_keys(Tally& tally, const std::vector<Key>& keys, const Sums& sums) {
    for (const Key& key : keys)
        if (!key.bytes.empty()) tally.add(key.bytes, key.is_reversed ? sums.reversed() : sums);
}

}  // namespace

base::Result<Matrix> find_matrix(const Scope& scope, const Grouping& rows, Measure measure,
                                 size_t row_limit, int64_t step_ns) {
    auto series = find_series(scope, rows, measure, step_ns, row_limit);
    if (!series) return series.error();
    Matrix matrix;
    matrix.start_ns = series->start_ns;
    matrix.step_ns = step_ns;
    matrix.info = std::move(series->info);
    for (const Sums& total : series->total)
        matrix.columns.push_back({.key = {}, .texts = {}, .total = total});
    for (Line& line : series->lines) {
        matrix.rows.push_back({line.key, std::move(line.texts), line.total});
        matrix.cells.push_back(std::move(line.steps));
    }
    return matrix;
}

base::Result<Matrix> find_matrix(const Scope& scope, const Grouping& rows, const Grouping& columns,
                                 Measure measure, size_t row_limit, size_t column_limit) {
    const bool needs_sections = rows.needs_sections() || columns.needs_sections();
    Tally row_tally(measure, scope.query.kind, std::max(scope.keys_max, row_limit));
    Tally column_tally(measure, scope.query.kind, std::max(scope.keys_max, column_limit));
    std::vector<Key> row_keys, column_keys;
    // What has no key of one kind is in no cell, and in neither axis.
    const auto read_keys = [&](const filter::Subject& subject) {
        rows.keys_of(subject, row_keys);
        columns.keys_of(subject, column_keys);
        return !row_keys.empty() && !column_keys.empty();
    };
    auto info = for_each_record(scope, needs_sections, [&](const filter::Subject& subject) {
        if (!read_keys(subject)) return;
        add_keys(row_tally, row_keys, sums_of(subject));
        add_keys(column_tally, column_keys, sums_of(subject));
    });
    if (!info) return info.error();
    Matrix matrix;
    Places row_places, column_places;
    matrix.rows = axis_of(row_tally, rows, row_limit, row_places);
    matrix.columns = axis_of(column_tally, columns, column_limit, column_places);
    matrix.cells.assign(matrix.rows.size(), std::vector<Sums>(matrix.columns.size()));
    matrix.info = std::move(*info);
    matrix.info.is_exact = row_tally.is_exact() && column_tally.is_exact();
    if (matrix.info.outcome != Outcome::done) return matrix;
    auto again = for_each_record(scope, needs_sections, [&](const filter::Subject& subject) {
        if (!read_keys(subject)) return;
        const Sums sums = sums_of(subject);
        for (const Key& row : row_keys) {
            const auto at = row_places.find(row.bytes);
            if (at == row_places.end()) continue;
            for (const Key& column : column_keys)
                if (const auto to = column_places.find(column.bytes); to != column_places.end())
                    matrix.cells[at->second][to->second].add(row.is_reversed ? sums.reversed()
                                                                             : sums);
        }
    });
    if (!again) return again.error();
    matrix.info.add(*again);
    return matrix;
}

}  // namespace baleen::store
