#include "control/store/store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/units.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;

// A slice that is no database any more is put aside under another name, and the next one begins
// anew.
bool set_aside_if_damaged(const fs::path& path) {
    auto database = Database::open(path.string(), Database::Mode::read_only);
    if (!database) return false;
    auto statement = database->prepare("SELECT value FROM meta WHERE key = 'version'");
    const int code = sqlite3_errcode(database->handle());
    if (statement || (code != SQLITE_CORRUPT && code != SQLITE_NOTADB)) return false;
    std::error_code failed;
    fs::rename(path, path.string() + ".damaged", failed);
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(path.string() + suffix, failed);
    return true;
}

struct SliceFile {
    fs::path path;
    int64_t start_ns;
    uint64_t bytes;
    fs::file_time_type written;
};

std::vector<SliceFile> list_slices(const std::string& directory) {
    std::vector<SliceFile> found;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        const int64_t start_ns = slice_start_ns(entry.path().filename().string());
        if (start_ns < 0) continue;
        const uint64_t bytes = entry.file_size(failed);
        const fs::path log = entry.path().string() + "-wal";
        const uint64_t log_bytes = fs::exists(log, failed) ? fs::file_size(log, failed) : 0;
        found.push_back({entry.path(), start_ns, bytes + log_bytes, entry.last_write_time(failed)});
    }
    std::sort(found.begin(), found.end(),
              [](const SliceFile& a, const SliceFile& b) { return a.start_ns < b.start_ns; });
    return found;
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
    return store;
}

void Store::set_run(uint64_t run_id, int64_t start_ns, std::string port_names) {
    run_id_ = run_id;
    run_start_ns_ = start_ns;
    port_names_ = std::move(port_names);
}

base::Result<Slice*> Store::slice_for(int64_t time_ns) {
    // "off": everything into one slice.
    const int64_t start_ns =
        settings_.slice_ns == base::duration_off ? 0 : time_ns - time_ns % settings_.slice_ns;
    if (const auto found = slices_.find(start_ns); found != slices_.end()) return &found->second;
    if (slices_.size() >= open_slices_max) {
        Slice& oldest = slices_.begin()->second;
        if (auto status = oldest.commit(); !status) return status.error();
        oldest.seal();
        slices_.erase(slices_.begin());
    }
    const fs::path path = fs::path(directory_) / slice_file_name(start_ns);
    auto slice = Slice::open(path.string());
    if (!slice && set_aside_if_damaged(path)) slice = Slice::open(path.string());
    if (!slice) return slice.error();
    return &slices_.emplace(start_ns, std::move(*slice)).first->second;
}

template <class Record>
base::Status Store::insert_at(int64_t time_ns, const Origin& origin, const Record& record) {
    auto slice = slice_for(time_ns);
    if (!slice) return slice.error();
    if (!(*slice)->knows_run(run_id_))
        if (auto status = (*slice)->add_run(run_id_, run_start_ns_, port_names_); !status)
            return status;
    return (*slice)->insert(origin, record);
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
        if (auto status = slice.commit(); !status) return status;
    return base::Ok{};
}

void Store::seal_idle() {
    if (slices_.empty()) return;
    const auto newest = std::prev(slices_.end());
    const auto idle = std::find_if(slices_.begin(), newest,
                                   [](const auto& entry) { return entry.second.is_idle(); });
    if (idle == newest || idle->second.build_index()) return;
    idle->second.seal();
    slices_.erase(idle);
}

void Store::roll_back() {
    for (auto& [start, slice] : slices_) slice.roll_back();
    // What failed may have been the opening; a slice that is opened anew sees the disk as it is
    // then.
    slices_.clear();
}

std::vector<std::string> Store::retain() {
    std::vector<std::string> deleted;
    auto slices = list_slices(directory_);
    uint64_t total_bytes = 0;
    for (const SliceFile& slice : slices) total_bytes += slice.bytes;
    const auto now = fs::file_time_type::clock::now();
    for (const SliceFile& slice : slices) {
        const bool in_use = std::any_of(slices_.begin(), slices_.end(), [&](const auto& open) {
            return open.first == slice.start_ns;
        });
        const int64_t age_ns =
            std::chrono::duration_cast<std::chrono::nanoseconds>(now - slice.written).count();
        const bool too_much = total_bytes > settings_.retention_bytes;
        const bool too_old = age_ns >= settings_.retention_age_ns;
        if (in_use || !(too_much || too_old)) continue;
        std::error_code failed;
        fs::remove(slice.path, failed);
        for (const char* suffix : {"-wal", "-shm"})
            fs::remove(slice.path.string() + suffix, failed);
        total_bytes -= slice.bytes;
        deleted.push_back(fmt::format("deleted {} ({}): store.retention_{}",
                                      slice.path.filename().string(),
                                      base::format_rounded(static_cast<double>(slice.bytes), "B"),
                                      too_much ? "bytes" : "age"));
    }
    return deleted;
}

void Store::close() {
    for (auto& [start, slice] : slices_) slice.seal();
    slices_.clear();
}

}  // namespace baleen::store
