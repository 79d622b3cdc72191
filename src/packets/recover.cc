#include "packets/recover.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "packets/archive.h"
#include "packets/chunk_keys.h"
#include "packets/chunk_scan.h"
#include "packets/file.h"
#include "packets/index_file.h"
#include "packets/index_log.h"
#include "packets/log_reader.h"

namespace baleen::packets {
namespace {

using Kind = Stretch::Kind;

// A stretch that stays, and where to.
struct Piece {
    Stretch stretch;
    uint64_t to;
    bool has_packets() const { return stretch.kind != Kind::other; }
};

// What the log says of chunks, by their places.
class KnownKeys {
public:
    explicit KnownKeys(const std::string& path) : reader_(LogReader::open(index_log_path(path))) {
        ChunkRow row{};
        std::span<const Key> keys;
        while (reader_ && reader_->next(row, keys)) {
            rows_[row.offset] = {row, reader_->keys_offset()};
            packets_ += row.packets;
        }
    }
    uint64_t packets() const { return packets_; }
    // Empty: the log does not know the chunk.
    std::vector<Key> find(const ChunkRow& row) {
        const auto known = rows_.find(row.offset);
        if (known == rows_.end() || known->second.row.sequence != row.sequence ||
            known->second.row.worker != row.worker)
            return {};
        return reader_->keys_at(known->second.keys_offset, known->second.row.key_count);
    }

private:
    struct Known {
        ChunkRow row;
        uint64_t keys_offset;
    };
    base::Result<LogReader> reader_;
    std::unordered_map<uint64_t, Known> rows_;
    uint64_t packets_ = 0;
};

class Recoverer {
public:
    explicit Recoverer(PacketFile& file)
        : file_(file), path_(file.path()), beside_(path_ + ".recovered"), known_(path_) {}

    base::Result<Recovery> run();

private:
    base::Status scan();
    base::Status index_chunk(IndexLog& log, const Piece& piece);
    base::Status make_index(uint64_t bytes);
    base::Status rewrite();
    base::Status put(int fd, const Piece& piece);
    base::Status truncate(uint64_t bytes);
    // An LZ4 frame ends with a length of zero, which a dead writer has not come to.
    uint64_t end_mark_bytes() const {
        return file_.encoding() == Encoding::lz4 && !has_end_ ? sizeof(uint32_t) : 0;
    }
    base::Status rename_beside(const std::string& ending);

    PacketFile& file_;
    std::string path_;
    std::string beside_;
    KnownKeys known_;
    ChunkKeys parsed_;
    std::vector<Piece> pieces_;
    bool has_end_ = false;   // of the one frame that the file is
    bool has_hole_ = false;  // something is dropped in front of something that stays
    uint64_t end_ = 0;       // of what stays, where it stands now
    uint64_t bytes_ = 0;     // of what stays, in a copy
    uint64_t kept_bytes_ = 0;
    Recovery recovery_;
};

// Padding is a block of its own, or none.
uint64_t with_padding(uint64_t bytes) {
    uint64_t whole = (bytes + chunk_alignment - 1) / chunk_alignment * chunk_alignment;
    if (whole != bytes && whole - bytes < block_frame_bytes) whole += chunk_alignment;
    return whole;
}

base::Status Recoverer::scan() {
    end_ = bytes_ = kept_bytes_ = file_.head_bytes();
    ChunkScan scan(file_, file_.head_bytes(), file_.bytes(), true);
    while (true) {
        auto found = scan.next();
        if (!found) return found.error();
        if (!*found) return base::Ok{};
        Stretch stretch = **found;
        const bool is_lost =
            stretch.kind == Kind::junk || (stretch.kind == Kind::torn && stretch.row.packets == 0);
        if (is_lost) continue;
        has_hole_ |= stretch.offset != end_;
        if (stretch.kind == Kind::torn) stretch.bytes = stretch.row.chunk_bytes;
        pieces_.push_back({stretch, bytes_});
        recovery_.packets_kept += stretch.row.packets;
        end_ = stretch.offset + stretch.bytes;
        kept_bytes_ += stretch.bytes;
        // In a copy a torn chunk is padded, so that the next one begins where chunks do.
        bytes_ += stretch.kind == Kind::torn ? with_padding(stretch.bytes) : stretch.bytes;
        has_end_ = stretch.is_end;
    }
}

base::Status Recoverer::index_chunk(IndexLog& log, const Piece& piece) {
    ChunkRow row = piece.stretch.row;
    std::vector<Key> keys = known_.find(row);
    if (keys.empty()) {
        const auto bytes = file_.read_plain(row.offset, row.stored_bytes);
        if (!bytes) return bytes.error();
        const auto found = parsed_.find(file_, *bytes);
        keys.assign(found.begin(), found.end());
        recovery_.chunks_parsed++;
    } else {
        recovery_.chunks_from_log++;
    }
    row.offset = piece.to;
    if (has_hole_ && piece.stretch.kind == Kind::torn)
        row.chunk_bytes = row.stored_bytes =
            static_cast<uint32_t>(with_padding(piece.stretch.bytes));
    row.key_count = static_cast<uint32_t>(keys.size());
    return log.append_keys(row, keys);
}

base::Status Recoverer::make_index(uint64_t bytes) {
    auto log = IndexLog::create(beside_);
    if (!log) return log.error();
    for (const Piece& piece : pieces_)
        if (piece.has_packets())
            if (auto status = index_chunk(*log, piece); !status) return status;
    return log->seal(bytes);
}

// A torn chunk says of itself what is left of it.
base::Status Recoverer::put(int fd, const Piece& piece) {
    const Stretch& stretch = piece.stretch;
    for (uint64_t done = 0; done < stretch.bytes;) {
        const auto bytes = file_.read(stretch.offset + done,
                                      std::min<uint64_t>(stretch.bytes - done, chunk_bytes_max));
        if (!bytes) return bytes.error();
        if (bytes->empty()) return base::Error{fmt::format("'{}' has become shorter", path_)};
        std::vector<uint8_t> copy(bytes->begin(), bytes->end());
        if (stretch.kind == Kind::torn) {
            const uint64_t whole = with_padding(copy.size());
            auto chunk = base::load<ChunkBlock>(copy.data());
            const auto padding = static_cast<uint32_t>(whole - copy.size());
            copy.resize(whole);
            if (padding != 0) put_padding(&copy[whole - padding], padding);
            chunk.chunk_bytes = static_cast<uint32_t>(whole);
            chunk.packets = stretch.row.packets;
            chunk.first_ns = stretch.row.first_ns;
            chunk.last_ns = stretch.row.last_ns;
            chunk.wire_bytes = stretch.wire_bytes;
            std::memcpy(copy.data(), &chunk, sizeof chunk);
        }
        if (auto status = write_all(fd, beside_, copy); !status) return status;
        done += bytes->size();
    }
    return base::Ok{};
}

base::Status Recoverer::rename_beside(const std::string& ending) {
    if (std::rename((beside_ + ending).c_str(), (path_ + ending).c_str()) != 0)
        return system_error("cannot rename", beside_ + ending);
    return base::Ok{};
}

base::Status Recoverer::rewrite() {
    auto fd = open_file(beside_, O_WRONLY | O_CREAT | O_TRUNC);
    if (!fd) return fd.error();
    const Piece head{{.kind = Kind::other, .offset = 0, .bytes = file_.head_bytes(), .row = {}}, 0};
    if (auto status = put(fd->get(), head); !status) return status;
    for (const Piece& piece : pieces_)
        if (auto status = put(fd->get(), piece); !status) return status;
    const std::vector<uint8_t> end_mark(end_mark_bytes());
    if (auto status = write_all(fd->get(), beside_, end_mark); !status) return status;
    if (::fdatasync(fd->get()) != 0) return system_error("cannot write", beside_);
    // An index that is about the file as it was would be worse than none.
    ::unlink(index_log_path(path_).c_str());
    ::unlink(index_path(path_).c_str());
    if (auto status = rename_beside(""); !status) return status;
    return rename_beside(".index");
}

base::Status Recoverer::truncate(uint64_t bytes) {
    // What the file is longer by than what stays is zeros: the end mark.
    for (const uint64_t length : {end_, bytes})
        if (bytes != file_.bytes() && ::truncate(path_.c_str(), static_cast<off_t>(length)) != 0)
            return system_error("cannot truncate", path_);
    if (auto status = rename_beside(".index"); !status) return status;
    ::unlink(index_log_path(path_).c_str());
    return base::Ok{};
}

base::Result<Recovery> Recoverer::run() {
    if (auto status = scan(); !status) return status.error();
    const uint64_t bytes = (has_hole_ ? bytes_ : end_) + end_mark_bytes();
    if (auto status = make_index(bytes); !status) return status.error();
    if (auto status = has_hole_ ? rewrite() : truncate(bytes); !status) return status.error();
    recovery_.bytes_kept = kept_bytes_;
    recovery_.bytes_dropped = file_.bytes() - kept_bytes_;
    recovery_.packets_missing =
        known_.packets() - std::min(known_.packets(), recovery_.packets_kept);
    recovery_.done = has_hole_                ? Recovery::Done::rewritten
                     : bytes != file_.bytes() ? Recovery::Done::truncated
                                              : Recovery::Done::indexed;
    return recovery_;
}

// Nothing, if the index is there and about this very file.
std::optional<Recovery> whole_by_index(const std::string& path, uint64_t bytes) {
    auto index = IndexFile::open(path);
    if (!index || index->header().file_bytes != bytes) return std::nullopt;
    const auto rows = index->rows();
    if (!rows) return std::nullopt;
    Recovery recovery;
    recovery.bytes_kept = bytes;
    for (const ChunkRow& row : *rows) recovery.packets_kept += row.packets;
    return recovery;
}

}  // namespace

base::Result<Recovery> recover(const std::string& path) {
    auto file = PacketFile::open(path);
    if (!file) return file.error();
    if (auto whole = whole_by_index(path, file->bytes())) return *whole;
    if (is_written(path)) return base::Error{fmt::format("'{}' is being written", path)};
    // Another one of us has it locked.
    const auto log = open_file(index_log_path(path), O_RDONLY);
    if (log && ::flock(log->get(), LOCK_EX | LOCK_NB) != 0)
        return base::Error{fmt::format("'{}' is being mended", path)};
    return Recoverer(*file).run();
}

}  // namespace baleen::packets
