#include "control/store/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "control/store/cursor.h"
#include "control/store/database.h"
#include "control/store/slice.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> slice_paths(const std::string& directory) {
    std::vector<fs::path> paths;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed))
        if (slice_start_ns(entry.path().filename().string()) >= 0) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

base::Status run_query(const std::string& directory, const Query& query, const Visitor& visit,
                       std::vector<std::string>& problems) {
    if (!fs::is_directory(directory))
        return base::Error{fmt::format(
            "there is no store in {}; `baleen run` makes one, --data names another", directory)};
    // Cursors as a heap, the next record on top.
    std::vector<std::unique_ptr<Cursor>> heap;
    const auto later = [&](const std::unique_ptr<Cursor>& a, const std::unique_ptr<Cursor>& b) {
        return query.descending ? a->key() < b->key() : a->key() > b->key();
    };
    const auto advance_into_heap = [&](std::unique_ptr<Cursor> cursor) {
        if (cursor->advance()) {
            heap.push_back(std::move(cursor));
            std::push_heap(heap.begin(), heap.end(), later);
        } else if (!cursor->problem().empty()) {
            problems.push_back(cursor->problem());
        }
    };
    for (const fs::path& path : slice_paths(directory)) {
        auto cursor = Cursor::open(path.string(), query);
        if (cursor) advance_into_heap(std::move(*cursor));
        else problems.push_back(cursor.error().message);
    }
    for (uint64_t count = 0; count < query.limit && !heap.empty(); count++) {
        std::pop_heap(heap.begin(), heap.end(), later);
        std::unique_ptr<Cursor> cursor = std::move(heap.back());
        heap.pop_back();
        if (!visit(cursor->subject())) break;
        advance_into_heap(std::move(cursor));
    }
    return base::Ok{};
}

uint64_t last_run_id(const std::string& directory) {
    uint64_t last = 0;
    for (const fs::path& path : slice_paths(directory)) {
        auto database = Database::open(path.string(), Database::Mode::read_only);
        if (!database) continue;
        auto statement = database->prepare("SELECT max(run) FROM run");
        if (statement && statement->step() == SQLITE_ROW)
            last = std::max(last, static_cast<uint64_t>(statement->column_int(0)));
    }
    return last;
}

}  // namespace baleen::store
