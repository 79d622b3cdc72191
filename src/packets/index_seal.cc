#include "packets/index_seal.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "packets/file.h"
#include "packets/index_log.h"
#include "packets/log_reader.h"

namespace baleen::packets {
namespace {

// Three passes over the 32 bits of a key, with counters that fit into the L1 cache.
constexpr uint32_t digit_bits = 11;
constexpr uint32_t digit_count = 1u << digit_bits;
constexpr size_t small_count = 4096;

void sort_by_digit(const std::vector<Posting>& from, std::vector<Posting>& to, uint32_t shift) {
    const auto digit = [shift](Posting posting) { return posting >> shift & (digit_count - 1); };
    std::array<uint32_t, digit_count> places{};
    for (const Posting posting : from) places[digit(posting)]++;
    std::exclusive_scan(places.begin(), places.end(), places.begin(), 0u);
    for (const Posting posting : from) to[places[digit(posting)]++] = posting;
}

struct Output {
    std::string path;
    base::FileDescriptor fd;

    template <class T>
    base::Status write(std::span<const T> values) {
        return write_all(fd.get(), path, bytes_of(values));
    }
};

// The rows, and what they sum up to.
base::Status write_rows(LogReader& log, Output& out, IndexHeader& header) {
    std::vector<ChunkRow> rows;
    ChunkRow row{};
    std::span<const Key> keys;
    while (log.next(row, keys)) {
        header.first_ns = std::min(header.first_ns, row.first_ns);
        header.last_ns = std::max(header.last_ns, row.last_ns);
        header.posting_count += row.key_count;
        rows.push_back(row);
    }
    header.chunk_count = static_cast<uint32_t>(rows.size());
    return out.write(std::span<const ChunkRow>(rows));
}

// Keys from `low` to `high`, without duplicates.
uint64_t collect(LogReader& log, Key low, Key high, std::vector<Posting>& postings,
                 std::vector<Posting>& room) {
    postings.clear();
    log.rewind();
    ChunkRow row{};
    std::span<const Key> keys;
    for (uint32_t chunk = 0; log.next(row, keys); chunk++)
        for (const Key key : keys)
            if (key >= low && key <= high) postings.push_back(posting(key, chunk));
    sort_postings(postings, room);
    postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
    return postings.size();
}

base::Status write_index(LogReader& log, Output& out, uint64_t file_bytes, uint64_t at_once) {
    IndexHeader header = {.magic = index_magic,
                          .version = index_version,
                          .chunk_count = 0,
                          .posting_count = 0,
                          .first_ns = INT64_MAX,
                          .last_ns = INT64_MIN,
                          .file_bytes = file_bytes};
    if (auto status = out.write(std::span<const IndexHeader>(&header, 1)); !status) return status;
    if (auto status = write_rows(log, out, header); !status) return status;
    const uint64_t parts = header.posting_count / at_once + 1;
    std::vector<Posting> postings;
    std::vector<Posting> room;
    postings.reserve(std::min(header.posting_count, at_once + at_once / 8));
    header.posting_count = 0;
    // Keys are uniform: equal ranges have about equal numbers of them.
    for (uint64_t part = 0; part < parts; part++) {
        const auto low = static_cast<Key>((part << 32) / parts);
        const auto high = static_cast<Key>(((part + 1) << 32) / parts - 1);
        header.posting_count += collect(log, low, high, postings, room);
        if (auto status = out.write(std::span<const Posting>(postings)); !status) return status;
    }
    if (::lseek(out.fd.get(), 0, SEEK_SET) != 0) return system_error("cannot write to", out.path);
    return out.write(std::span<const IndexHeader>(&header, 1));
}

}  // namespace

void sort_postings(std::vector<Posting>& postings, std::vector<Posting>& room) {
    if (postings.size() < small_count) {
        std::sort(postings.begin(), postings.end());
        return;
    }
    room.resize(postings.size());
    for (uint32_t shift = 32; shift < 64; shift += digit_bits) {
        sort_by_digit(postings, room, shift);
        postings.swap(room);
    }
}

base::Status seal_index(const std::string& packets_path, uint64_t file_bytes, uint64_t at_once) {
    auto log = LogReader::open(index_log_path(packets_path));
    if (!log) return log.error();
    const std::string path = index_path(packets_path);
    Output out{path + ".tmp", {}};
    auto fd = open_file(out.path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!fd) return fd.error();
    out.fd = *std::move(fd);
    auto written = write_index(*log, out, file_bytes, at_once);
    // A name must not be on the disk before the bytes are: an index of zeros would hide packets.
    if (written && ::fdatasync(out.fd.get()) != 0) written = system_error("cannot write", out.path);
    if (written && std::rename(out.path.c_str(), path.c_str()) != 0)
        written = system_error("cannot rename", out.path);
    if (!written) ::unlink(out.path.c_str());
    return written;
}

}  // namespace baleen::packets
