#include "control/store/store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/units.h"
#include "control/store/retention.h"
#include "control/store/slice_schema.h"
#include "control/store/store_files.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;

// Whether opening failed because the file is no database any more.
bool is_damaged_slice(const std::string& path) {
    auto database = Database::open(path, Database::Mode::read_only);
    return database && !read_slice_version(*database) && database->is_damaged();
}

}  // namespace

std::string default_directory() {
    if (::geteuid() == 0) return "/var/lib/baleen";
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
        return std::string(data) + "/baleen";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : ".") + "/.local/share/baleen";
}

std::string directory_of(const config::Settings::Store& settings) {
    return settings.directory.empty() ? default_directory() : settings.directory;
}

base::Result<Store> Store::open(const std::string& directory,
                                const config::Settings::Store& settings) {
    std::error_code failed;
    fs::create_directories(directory, failed);
    if (failed)
        return base::Error{
            fmt::format("store folder {} cannot be made: {}; choose another with --data", directory,
                        failed.message())};
    Store store;
    store.directory_ = directory;
    store.settings_ = settings;
    for (const StoreFile& file : list_store_files(directory))
        if (!file.is_damaged && fs::exists(file.path + "-wal", failed))
            store.left_.push_back(file.start_ns);
    // The newest one may be in use, and goes on most likely.
    if (!store.left_.empty()) store.left_.pop_back();
    store.digest_.roll_up = settings.rollup;
    store.digest_.interval_ns = settings.rollup_interval_ns;
    store.digest_.pool = std::make_shared<RollupPool>(settings.rollup_memory_bytes);
    return store;
}

void Store::set_run(uint64_t run_id, int64_t start_ns, std::string port_names) {
    run_id_ = run_id;
    run_start_ns_ = start_ns;
    port_names_ = std::move(port_names);
}

base::Result<Slice*> Store::slice_for(int64_t time_ns) {
    const int64_t start_ns = start_of(time_ns);
    if (const auto found = slices_.find(start_ns); found != slices_.end()) return &found->second;
    if (slices_.size() >= open_slices_max) {
        Slice& oldest = slices_.begin()->second;
        if (auto status = noted(slices_.begin()->first, oldest, oldest.commit()); !status)
            return status.error();
        oldest.seal();
        slices_.erase(slices_.begin());
    }
    const std::string path = path_of(start_ns);
    auto slice = Slice::open(path, digest_);
    if (!slice && is_damaged_slice(path) && put_aside(path, slice.error().message))
        slice = Slice::open(path, digest_);
    if (!slice) return slice.error();
    return &slices_.emplace(start_ns, std::move(*slice)).first->second;
}

int64_t Store::start_of(int64_t time_ns) const {
    // "off": everything into one slice.
    return settings_.slice_ns == base::duration_off ? 0 : time_ns - time_ns % settings_.slice_ns;
}

std::string Store::path_of(int64_t start_ns) const {
    return (fs::path(directory_) / slice_file_name(start_ns)).string();
}

// Damage that is found while writing: the slice is put aside when it is closed (roll_back()), and
// the batch goes into a new one.
base::Status Store::noted(int64_t start_ns, const Slice& slice, base::Status status) {
    if (!status && slice.is_damaged()) damaged_.try_emplace(start_ns, status.error().message);
    return status;
}

bool Store::put_aside(const std::string& path, const std::string& problem) {
    const auto aside = set_aside(path);
    if (!aside) {
        notices_.push_back(aside.error().message);
        return false;
    }
    notices_.push_back(fmt::format(
        "{}: damaged, and put aside as {}; a new slice is begun. `baleen store check` tells more, "
        "and sqlite3's .recover may save what is in it",
        problem, fs::path(*aside).filename().string()));
    return true;
}

std::vector<std::string> Store::take_notices() { return std::exchange(notices_, {}); }

template <class Record>
base::Status Store::insert_at(int64_t time_ns, const Origin& origin, const Record& record) {
    auto slice = slice_for(time_ns);
    if (!slice) return slice.error();
    base::Status status = base::Ok{};
    if (!(*slice)->knows_run(run_id_))
        status = (*slice)->add_run(run_id_, run_start_ns_, port_names_);
    if (status) status = (*slice)->insert(origin, record);
    if (!status) return noted(start_of(time_ns), **slice, std::move(status));
    return status;
}

base::Status Store::insert(const Origin& origin, const record::FlowRecord& record) {
    return insert_at(record.last_ns, origin, record);
}

base::Status Store::insert(const Origin& origin, const record::Match& match) {
    return insert_at(match.event.time_ns, origin, match);
}

base::Status Store::insert(const Origin& origin, const record::AppMessage& message) {
    return insert_at(message.event.time_ns, origin, message);
}

base::Status Store::commit() {
    for (auto& [start, slice] : slices_)
        if (auto status = slice.commit(); !status) return noted(start, slice, std::move(status));
    return base::Ok{};
}

bool Store::has_rows_waiting() const {
    return std::any_of(slices_.begin(), slices_.end(),
                       [](const auto& entry) { return entry.second.has_rows_waiting(); });
}

bool Store::is_due() const {
    return std::any_of(slices_.begin(), slices_.end(),
                       [](const auto& entry) { return entry.second.is_due(); });
}

void Store::seal_idle() {
    if (slices_.empty()) return seal_left();
    const auto newest = std::prev(slices_.end());
    const auto idle = std::find_if(slices_.begin(), newest,
                                   [](const auto& entry) { return entry.second.is_idle(); });
    if (idle == newest) return seal_left();
    if (idle->second.build_index()) return;
    idle->second.seal();
    slices_.erase(idle);
}

void Store::seal_left() {
    if (left_.empty()) return;
    const int64_t start_ns = left_.back();
    left_.pop_back();
    if (slices_.contains(start_ns)) return;
    auto slice = Slice::open(path_of(start_ns), digest_);
    if (slice) slice->seal();
}

void Store::roll_back() {
    for (auto& [start, slice] : slices_) slice.roll_back();
    // What failed may have been the opening; a slice that is opened anew sees the disk as it is
    // then.
    slices_.clear();
    for (const auto& [start, problem] : damaged_) put_aside(path_of(start), problem);
    damaged_.clear();
}

std::vector<std::string> Store::retain() {
    return delete_oldest(directory_, settings_,
                         [&](int64_t start_ns) { return slices_.contains(start_ns); });
}

void Store::close() {
    for (auto& [start, slice] : slices_) slice.seal();
    slices_.clear();
}

}  // namespace baleen::store
