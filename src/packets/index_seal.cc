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

// Postings are dealt out by the highest bits of their keys as they are read; what shares them fits
// into a cache and is sorted there by the bits that are left, in passes whose counters fit as well.
constexpr uint32_t bucket_bits = 11;
constexpr uint32_t bucket_count = 1u << bucket_bits;
constexpr uint32_t key_bits = 32;
constexpr uint32_t digit_bits = 7;
constexpr uint32_t digit_count = 1u << digit_bits;
static_assert((key_bits - bucket_bits) % digit_bits == 0);
constexpr size_t small_count = 48;

using Counts = std::array<uint64_t, bucket_count>;

constexpr uint32_t bucket_of(Key key) { return key >> (key_bits - bucket_bits); }

struct Output {
    std::string path;
    base::FileDescriptor fd;

    template <class T>
    base::Status write(std::span<const T> values) {
        return write_all(fd.get(), path, bytes_of(values));
    }
};

// The rows, what they sum up to, and how many keys each bucket will have.
base::Status write_rows(LogReader& log, Output& out, IndexHeader& header, Counts& counts) {
    std::vector<ChunkRow> rows;
    ChunkRow row{};
    std::span<const Key> keys;
    while (log.next(row, keys)) {
        header.first_ns = std::min(header.first_ns, row.first_ns);
        header.last_ns = std::max(header.last_ns, row.last_ns);
        for (const Key key : keys) counts[bucket_of(key)]++;
        rows.push_back(row);
    }
    header.chunk_count = static_cast<uint32_t>(rows.size());
    return out.write(std::span<const ChunkRow>(rows));
}

// Into `to`, of which each bucket has the part that begins at its place. Places move.
void deal(LogReader& log, uint32_t first_bucket, uint32_t end_bucket, Counts& places,
          std::vector<Posting>& to) {
    log.rewind();
    ChunkRow row{};
    std::span<const Key> keys;
    for (uint32_t chunk = 0; log.next(row, keys); chunk++)
        for (const Key key : keys)
            if (const uint32_t bucket = bucket_of(key);
                bucket >= first_bucket && bucket < end_bucket)
                to[places[bucket]++] = posting(key, chunk);
}

// All postings of some buckets, without duplicates.
base::Status write_buckets(LogReader& log, uint32_t first, uint32_t end, const Counts& counts,
                           Output& out, IndexHeader& header) {
    Counts places{};
    uint64_t count = 0;
    for (uint32_t bucket = first; bucket < end; bucket++) {
        places[bucket] = count;
        count += counts[bucket];
    }
    std::vector<Posting> postings(count);
    std::vector<Posting> scratch;
    deal(log, first, end, places, postings);
    auto kept = postings.begin();
    for (uint32_t bucket = first; bucket < end; bucket++) {
        const std::span<Posting> all(postings.data() + places[bucket] - counts[bucket],
                                     counts[bucket]);
        const auto sorted = sort_bucket(all, scratch);
        kept = std::unique_copy(sorted.begin(), sorted.end(), kept);
    }
    postings.erase(kept, postings.end());
    header.posting_count += postings.size();
    return out.write(std::span<const Posting>(postings));
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
    Counts counts{};
    if (auto status = write_rows(log, out, header, counts); !status) return status;
    for (uint32_t first = 0, end; first < bucket_count; first = end) {
        uint64_t together = counts[first];
        for (end = first + 1; end < bucket_count && together + counts[end] <= at_once; end++)
            together += counts[end];
        if (together == 0) continue;
        if (auto status = write_buckets(log, first, end, counts, out, header); !status)
            return status;
    }
    if (::lseek(out.fd.get(), 0, SEEK_SET) != 0) return system_error("cannot write to", out.path);
    return out.write(std::span<const IndexHeader>(&header, 1));
}

}  // namespace

std::span<Posting> sort_bucket(std::span<Posting> postings, std::vector<Posting>& scratch) {
    if (postings.size() < small_count) {
        std::sort(postings.begin(), postings.end());
        return postings;
    }
    if (scratch.size() < postings.size()) scratch.resize(postings.size());
    std::span<Posting> from = postings;
    std::span<Posting> to = std::span(scratch).first(postings.size());
    for (uint32_t shift = key_bits; shift < 2 * key_bits - bucket_bits; shift += digit_bits) {
        const auto digit = [shift](Posting posting) {
            return posting >> shift & (digit_count - 1);
        };
        std::array<uint32_t, digit_count> places{};
        for (const Posting posting : from) places[digit(posting)]++;
        std::exclusive_scan(places.begin(), places.end(), places.begin(), 0u);
        for (const Posting posting : from) to[places[digit(posting)]++] = posting;
        std::swap(from, to);
    }
    return from;
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
