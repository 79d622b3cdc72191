#include "packets/log_reader.h"

#include <algorithm>
#include <cstring>

#include "packets/file.h"

namespace baleen::packets {
namespace {

constexpr size_t read_words = 1u << 18;
constexpr size_t row_words = sizeof(ChunkRow) / sizeof(uint32_t);

// Writers make four keys per flow at most, whoever indexes a file again four per packet.
constexpr uint32_t key_count_max = 1u << 18;

}  // namespace

base::Result<LogReader> LogReader::open(const std::string& log_path) {
    auto fd = open_file(log_path, O_RDONLY);
    if (!fd) return fd.error();
    return LogReader(log_path, *std::move(fd));
}

void LogReader::rewind() {
    words_.clear();
    at_ = 0;
    offset_ = 0;
}

bool LogReader::have(size_t words) {
    if (words_.size() - at_ >= words) return true;
    words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    const size_t kept = words_.size();
    words_.resize(std::max(words, kept + read_words));
    const auto got =
        read_at(fd_.get(), path_, offset_,
                {reinterpret_cast<uint8_t*>(words_.data() + kept), (words_.size() - kept) * 4});
    const size_t got_words = got ? *got / 4 : 0;
    words_.resize(kept + got_words);
    offset_ += got_words * 4;
    return words_.size() >= words;
}

bool LogReader::next(ChunkRow& row, std::span<const Key>& keys) {
    if (!have(row_words)) return false;
    std::memcpy(&row, &words_[at_], sizeof row);
    if (row.key_count > key_count_max || !have(row_words + row.key_count)) return false;
    keys = {words_.data() + at_ + row_words, row.key_count};
    keys_offset_ = offset_ - (words_.size() - at_ - row_words) * sizeof(Key);
    at_ += row_words + row.key_count;
    return true;
}

std::vector<Key> LogReader::keys_at(uint64_t offset, uint32_t count) const {
    std::vector<Key> keys(count);
    const auto got = read_at(fd_.get(), path_, offset,
                             {reinterpret_cast<uint8_t*>(keys.data()), count * sizeof(Key)});
    if (!got || *got != count * sizeof(Key)) keys.clear();
    return keys;
}

}  // namespace baleen::packets
