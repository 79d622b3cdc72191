#include "packets/index_log.h"

#include <sys/file.h>

#include "packets/file.h"
#include "packets/index_seal.h"

namespace baleen::packets {
namespace {

constexpr size_t write_bytes = 256 << 10;
constexpr size_t row_words = sizeof(ChunkRow) / sizeof(Key);

}  // namespace

std::string index_path(const std::string& packets_path) { return packets_path + ".index"; }
std::string index_log_path(const std::string& packets_path) { return packets_path + ".index.log"; }

base::Result<IndexLog> IndexLog::create(const std::string& packets_path) {
    const std::string path = index_log_path(packets_path);
    auto fd = open_file(path, O_RDWR | O_CREAT | O_APPEND);
    if (!fd) return fd.error();
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) return system_error("cannot lock", path);
    if (::ftruncate(fd->get(), 0) != 0) return system_error("cannot write to", path);
    return IndexLog(packets_path, *std::move(fd));
}

void IndexLog::put_key(Key key) {
    const Posting wanted = posting(key, chunk_count_);
    uint64_t& recent = recent_[key % recent_count];
    if (recent == wanted) return;
    recent = wanted;
    pending_.push_back(key);
}

base::Status IndexLog::append(const ChunkBlock& chunk, uint64_t offset, uint32_t stored_bytes,
                              std::span<const ChunkFlow> flows) {
    if (error_) return *error_;
    const size_t row_at = pending_.size();
    pending_.resize(row_at + row_words);
    for (const ChunkFlow& flow : flows) {
        put_key(flow_key(flow.flow_id));
        put_key(flow.tuple_key);
        put_key(flow.host_keys[0]);
        put_key(flow.host_keys[1]);
    }
    const ChunkRow row = {.offset = offset,
                          .stored_bytes = stored_bytes,
                          .chunk_bytes = chunk.chunk_bytes,
                          .first_ns = chunk.first_ns,
                          .last_ns = chunk.last_ns,
                          .sequence = chunk.sequence,
                          .worker = chunk.worker,
                          .packets = chunk.packets,
                          .key_count = static_cast<uint32_t>(pending_.size() - row_at - row_words),
                          .reserved = 0};
    std::memcpy(&pending_[row_at], &row, sizeof row);
    chunk_count_++;
    if (pending_.size() * sizeof(Key) < write_bytes) return base::Ok{};
    return flush();
}

base::Status IndexLog::append_keys(const ChunkRow& row, std::span<const Key> keys) {
    if (error_) return *error_;
    const size_t row_at = pending_.size();
    pending_.resize(row_at + row_words);
    std::memcpy(&pending_[row_at], &row, sizeof row);
    pending_.insert(pending_.end(), keys.begin(), keys.end());
    chunk_count_++;
    return flush();
}

base::Status IndexLog::write_pending() {
    const auto bytes = bytes_of(std::span<const uint32_t>(pending_));
    auto written = write_all(log_.get(), index_log_path(packets_path_), bytes);
    pending_.clear();
    if (written) return written;
    error_ = written.error();
    if (::ftruncate(log_.get(), 0) != 0) ::unlink(index_log_path(packets_path_).c_str());
    return written;
}

base::Status IndexLog::flush() {
    if (error_) return *error_;
    return pending_.empty() ? base::Ok{} : write_pending();
}

base::Status IndexLog::seal(uint64_t file_bytes) {
    if (auto status = flush(); !status) return status;
    if (auto status = seal_index(packets_path_, file_bytes); !status) return status;
    if (::unlink(index_log_path(packets_path_).c_str()) != 0)
        return system_error("cannot remove", index_log_path(packets_path_));
    return base::Ok{};
}

}  // namespace baleen::packets
