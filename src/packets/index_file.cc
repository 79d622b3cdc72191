#include "packets/index_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "packets/chunk.h"
#include "packets/file.h"
#include "packets/frame.h"
#include "packets/index_log.h"

namespace baleen::packets {
namespace {

// 8 KiB. Of n uniform keys one lies sqrt(n)/2 from its place in the middle (standard deviation):
// of a million, 500.
constexpr uint64_t page_count = 1024;

template <class T>
std::span<uint8_t> writable(std::span<T> values) {
    return {reinterpret_cast<uint8_t*>(values.data()), values.size_bytes()};
}

}  // namespace

bool is_row_of(const ChunkRow& row, uint64_t file_bytes) {
    return row.stored_bytes != 0 && row.stored_bytes <= frame_stored_bytes_max &&
           row.offset <= file_bytes && row.stored_bytes <= file_bytes - row.offset;
}

base::Error IndexFile::damaged() const {
    return {fmt::format("'{}' is damaged; 'baleen pcap recover' makes a new one", path_)};
}

base::Status IndexFile::read(uint64_t offset, std::span<uint8_t> bytes) {
    const auto got = read_at(fd_.get(), path_, offset, bytes);
    if (!got) return got.error();
    bytes_read_ += *got;
    return *got == bytes.size() ? base::Status(base::Ok{}) : damaged();
}

base::Result<IndexFile> IndexFile::open(const std::string& packets_path) {
    const std::string path = index_path(packets_path);
    auto fd = open_file(path, O_RDONLY);
    if (!fd) return fd.error();
    const auto bytes = file_bytes(fd->get(), path);
    if (!bytes) return bytes.error();
    IndexFile file(path, *std::move(fd));
    IndexHeader& header = file.header_;
    if (auto status = file.read(0, writable(std::span(&header, 1))); !status) return status.error();
    // Counts that fit into 2^48 bytes cannot overflow what follows.
    const bool fits = header.magic == index_magic && header.version == index_version &&
                      header.posting_count < uint64_t{1} << 45 &&
                      *bytes == sizeof header + header.chunk_count * sizeof(ChunkRow) +
                                    header.posting_count * sizeof(Posting);
    if (!fits) return file.damaged();
    return file;
}

base::Result<std::vector<ChunkRow>> IndexFile::rows() {
    std::vector<ChunkRow> rows(header_.chunk_count);
    if (auto status = read(sizeof header_, writable(std::span(rows))); !status)
        return status.error();
    return rows;
}

base::Result<ChunkRow> IndexFile::row(uint32_t chunk) {
    if (chunk >= header_.chunk_count) return damaged();
    ChunkRow row{};
    const uint64_t offset = sizeof header_ + uint64_t{chunk} * sizeof row;
    if (auto status = read(offset, writable(std::span(&row, 1))); !status) return status.error();
    return row;
}

base::Status IndexFile::load(uint64_t first, uint64_t last) {
    page_.resize(last - first);
    page_first_ = first;
    const uint64_t offset =
        sizeof header_ + header_.chunk_count * sizeof(ChunkRow) + first * sizeof(Posting);
    return read(offset, writable(std::span(page_)));
}

// Interpolation search: each page that does not have the place bounds it, and the next one is read
// where the bounds' own values say. It halves instead where that has not helped, so that keys that
// are not uniform cost a logarithm.
base::Result<uint64_t> IndexFile::lower_bound(Posting wanted) {
    uint64_t low = 0;  // everything before it is below `wanted`
    uint64_t high = header_.posting_count;
    double low_value = 0;
    double high_value = std::ldexp(1.0, 64);
    for (uint32_t tries = 0;; tries++) {
        const double part = tries >= 3 ? 0.5
                                       : (static_cast<double>(wanted) - low_value) /
                                             std::max(high_value - low_value, 1.0);
        const auto place = low + static_cast<uint64_t>(std::clamp(part, 0.0, 1.0) *
                                                       static_cast<double>(high - low));
        const uint64_t first = std::max(low, place - std::min(place, page_count / 2));
        const uint64_t last = std::min(high, first + page_count);
        if (auto status = load(first, last); !status) return status.error();
        const auto found = static_cast<uint64_t>(
            std::lower_bound(page_.begin(), page_.end(), wanted) - page_.begin());
        const bool may_be_before = found == 0 && first > low;
        const bool may_be_behind = found == page_.size() && last < high;
        if (!may_be_before && !may_be_behind) return first + found;
        if (may_be_before) {
            high = first;
            high_value = static_cast<double>(page_.empty() ? wanted : page_.front());
        } else {
            low = last;
            low_value = static_cast<double>(page_.empty() ? wanted : page_.back());
        }
    }
}

base::Result<ChunkNumbers> IndexFile::find(Key key) {
    auto at = lower_bound(posting(key, 0));
    if (!at) return at.error();
    ChunkNumbers chunks;
    for (uint64_t i = *at; i < header_.posting_count; i++) {
        if (i >= page_first_ + page_.size())
            if (auto status = load(i, std::min(i + page_count, header_.posting_count)); !status)
                return status.error();
        const Posting posting = page_[i - page_first_];
        if (posting >> 32 != key) break;
        const auto chunk = static_cast<uint32_t>(posting);
        const bool rises = chunks.empty() || chunk > chunks.back();
        if (chunk >= header_.chunk_count || !rises) return damaged();
        chunks.push_back(chunk);
    }
    return chunks;
}

}  // namespace baleen::packets
