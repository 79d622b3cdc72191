#include "packets/archive.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "packets/chunk_scan.h"
#include "packets/file.h"
#include "packets/index_file.h"
#include "packets/index_log.h"
#include "packets/log_reader.h"
#include "packets/packet_file_name.h"

namespace baleen::packets {
namespace {

namespace fs = std::filesystem;
using State = ArchiveFile::State;
using Problems = std::vector<std::string>;
using Rows = std::vector<ChunkRow>;

// Its writer holds a lock on the log as long as it lives.
bool is_locked(const std::string& path) {
    const auto fd = open_file(path, O_RDONLY);
    return fd && ::flock(fd->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// Calls take(stretch) for each in [begin, end).
template <class Take>
void scan(PacketFile& file, uint64_t begin, uint64_t end, bool learns, Problems& problems,
          const Take& take) {
    ChunkScan scan(file, begin, end, learns);
    while (true) {
        const auto stretch = scan.next();
        if (!stretch) problems.push_back(stretch.error().message);
        if (!stretch || !*stretch) return;
        take(**stretch);
    }
}

// Calls take(begin, end) for what lies between the rows and behind them.
template <class Take>
void each_gap(const PacketFile& file, Rows rows, const Take& take) {
    std::ranges::sort(rows, {}, &ChunkRow::offset);
    uint64_t at = file.head_bytes();
    for (const ChunkRow& row : rows) {
        if (row.offset > at) take(at, row.offset);
        at = std::max(at, row.offset + row.stored_bytes);
    }
    if (at < file.bytes()) take(at, file.bytes());
}

// Adds chunks that no index knows of.
void scan_gaps(const std::string& path, const Rows& known, Rows& rows, Problems& problems) {
    auto file = PacketFile::open(path);
    if (!file) {
        problems.push_back(file.error().message);
        return;
    }
    each_gap(*file, known, [&](uint64_t begin, uint64_t end) {
        scan(*file, begin, end, false, problems, [&](const Stretch& stretch) {
            const bool has_packets =
                stretch.kind == Stretch::Kind::chunk || stretch.kind == Stretch::Kind::torn;
            if (has_packets && stretch.row.packets != 0) rows.push_back(stretch.row);
        });
    });
}

struct Log {
    Rows rows;
    std::unordered_map<Key, ChunkNumbers> chunks;  // of the keys asked for
};

// A log that cannot be read has nothing; then everything is a gap.
Log read_log(const ArchiveFile& file, const Selector& selector) {
    Log out;
    selector.each_key([&](Key key) { out.chunks.try_emplace(key); });
    auto log = LogReader::open(index_log_path(file.path));
    ChunkRow row{};
    std::span<const Key> keys;
    while (log && log->next(row, keys)) {
        if (!is_row_of(row, file.bytes)) continue;
        const auto chunk = static_cast<uint32_t>(out.rows.size());
        out.rows.push_back(row);
        if (out.chunks.empty()) continue;
        for (const Key key : keys) {
            const auto found = out.chunks.find(key);
            if (found == out.chunks.end()) continue;
            if (found->second.empty() || found->second.back() != chunk)
                found->second.push_back(chunk);
        }
    }
    return out;
}

Rows log_candidates(const ArchiveFile& file, const Selector& selector, Problems& problems) {
    const Log log = read_log(file, selector);
    const auto chunks = selector.chunks([&](Key key) { return log.chunks.at(key); });
    Rows rows;
    if (!chunks) rows = log.rows;
    else
        for (const uint32_t chunk : *chunks) rows.push_back(log.rows[chunk]);
    scan_gaps(file.path, log.rows, rows, problems);
    return rows;
}

base::Result<Rows> index_candidates(const ArchiveFile& file, const Selector& selector,
                                    const TimeRange& range) {
    auto index = IndexFile::open(file.path);
    if (!index) return index.error();
    const IndexHeader& header = index->header();
    if (header.file_bytes != file.bytes)
        return base::Error{fmt::format("the index of '{}' is about {} bytes, and the file has {}",
                                       file.path, header.file_bytes, file.bytes)};
    if (!range.meets(header.first_ns, header.last_ns)) return Rows{};
    base::Status status = base::Ok{};
    const auto chunks = selector.chunks([&](Key key) {
        auto found = index->find(key);
        if (!found) status = found.error();
        return found ? *std::move(found) : ChunkNumbers{};
    });
    if (!status) return status.error();
    if (!chunks) return index->rows();
    Rows rows;
    for (const uint32_t chunk : *chunks) {
        const auto row = index->row(chunk);
        if (!row) return row.error();
        rows.push_back(*row);
    }
    return rows;
}

}  // namespace

std::string_view state_name(State state) {
    switch (state) {
        case State::sealed: return "sealed";
        case State::open: return "open";
        case State::torn: return "torn";
    }
    return "";
}

bool is_written(const std::string& path) {
    if (is_locked(index_log_path(path))) return true;
    const auto fd = open_file(path, O_RDONLY);
    // fcntl(2): a read lease is refused on a file that is open for writing.
    if (!fd || ::fcntl(fd->get(), F_SETLEASE, F_RDLCK) == 0) return false;
    return errno == EAGAIN;
}

ArchiveFile describe_file(const std::string& path) {
    std::error_code error;
    ArchiveFile file{path, fs::file_size(path, error), State::torn};
    if (error) file.bytes = 0;
    if (fs::exists(index_path(path), error)) file.state = State::sealed;
    else if (is_written(path)) file.state = State::open;
    return file;
}

base::Result<std::vector<ArchiveFile>> list_files(const std::string& folder) {
    std::vector<ArchiveFile> files;
    std::error_code error;
    if (!fs::exists(folder, error)) return files;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (is_packet_file(it->path().filename().string()))
            files.push_back(describe_file(it->path().string()));
    if (error) return base::Error{fmt::format("cannot list '{}': {}", folder, error.message())};
    std::ranges::sort(files, {}, &ArchiveFile::path);
    return files;
}

std::string packets_folder(const std::string& store_folder) {
    std::error_code error;
    const std::string below = (fs::path(store_folder) / "packets").string();
    return fs::is_directory(below, error) ? below : store_folder;
}

std::vector<ChunkRow> candidates(const ArchiveFile& file, const Selector& selector,
                                 const TimeRange& range, Problems& problems) {
    Rows rows;
    if (file.state == State::sealed) {
        auto found = index_candidates(file, selector, range);
        if (found) rows = *std::move(found);
        // What no index can be had for is read as a whole.
        else {
            problems.push_back(found.error().message);
            scan_gaps(file.path, {}, rows, problems);
        }
    } else {
        rows = log_candidates(file, selector, problems);
    }
    std::erase_if(rows, [&](const ChunkRow& row) {
        return !is_row_of(row, file.bytes) || !range.meets(row.first_ns, row.last_ns);
    });
    return rows;
}

void learn_interfaces(const ArchiveFile& file, PacketFile& opened, Problems& problems) {
    if (opened.is_pcap()) return;
    Rows rows;
    if (file.state == State::sealed) {
        // Where there is no index, candidates() says so.
        auto index = IndexFile::open(file.path);
        auto found = index ? index->rows() : base::Result<Rows>(index.error());
        if (found) rows = *std::move(found);
    } else {
        rows = read_log(file, {}).rows;
    }
    std::erase_if(rows, [&](const ChunkRow& row) { return !is_row_of(row, file.bytes); });
    each_gap(opened, std::move(rows), [&](uint64_t begin, uint64_t end) {
        scan(opened, begin, end, true, problems, [](const Stretch&) {});
    });
}

std::vector<ChunkRow> all_chunks(const ArchiveFile& file, Problems& problems) {
    return candidates(file, {}, {}, problems);
}

}  // namespace baleen::packets
