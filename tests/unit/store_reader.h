// A store of a test's own, what it tells, and the files that it consists of.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/store/database.h"
#include "control/store/query.h"
#include "control/store/store.h"
#include "tests/unit/temp_folder.h"

namespace baleen::test {

// A store in a folder of its own.
class OwnStore : public testing::Test {
protected:
    OwnStore(int64_t slice_ns, const char* port_names = "eth0\n") : port_names_(port_names) {
        settings_.slice_ns = slice_ns;
        reopen();
    }
    // Without a commit, as after a crash.
    void reopen() {
        store_.reset();
        auto opened = store::Store::open(directory(), settings_);
        ASSERT_TRUE(opened);
        store_.emplace(std::move(*opened));
        store_->set_run(run_id, 1, port_names_);
    }
    std::string directory() const { return folder_.path("store"); }

    static constexpr uint64_t run_id = 7;
    TempFolder folder_;
    config::Settings::Store settings_;
    std::optional<store::Store> store_;

private:
    const std::string port_names_;
};

inline store::Query query_of(filter::Kind kind, std::string_view text = "") {
    store::Query query;
    query.kind = kind;
    query.filter = std::move(std::get<0>(filter::Filter::parse(text, kind)));
    return query;
}

// Ids of the flows of the answer, in its order.
inline std::vector<uint64_t> flow_ids(const std::string& directory, const store::Query& query) {
    std::vector<uint64_t> out;
    std::vector<std::string> problems;
    const auto status = store::run_query(
        directory, query,
        [&](const filter::Subject& subject) {
            out.push_back(subject.record.flow_id);
            return true;
        },
        problems);
    EXPECT_TRUE(status && problems.empty()) << (problems.empty() ? "" : problems[0]);
    return out;
}

// By name, which is by time.
inline std::vector<std::string> slice_files(const std::string& directory) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().extension() == ".sqlite") out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
}

inline store::Database database_of(const std::string& path) {
    auto database = store::Database::open(path, store::Database::Mode::read_write_create);
    EXPECT_TRUE(database);
    return std::move(*database);
}

inline void execute(const std::string& path, const std::string& sql) {
    const auto status = database_of(path).execute(sql);
    EXPECT_TRUE(status) << status.error().message;
}

// Names of what was created for looking things up.
inline std::vector<std::string> indexes_of(const std::string& path) {
    auto database = database_of(path);
    auto names = database.prepare(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name");
    EXPECT_TRUE(names);
    std::vector<std::string> out;
    while (names->step() == SQLITE_ROW) out.push_back(names->column_text(0));
    return out;
}

}  // namespace baleen::test
