// Writes: how they are put together, started, tried again, and done.
#include "dataplane/capture/file_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace baleen::capture {
namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t stall_ns = 2 * second_ns;
// What a loss of power may cost. A killed process loses nothing that was written.
constexpr int64_t sync_interval_ns = second_ns;
// One is written while the next one is put together and waits at the disk. More would only be
// smaller: files that grow are written one write at a time (the inode's lock).
constexpr uint32_t in_flight_max = 2;
// Where disks and filesystems reach their full speed.
constexpr uint64_t write_bytes_max = 4 << 20;

// Errors that go by themselves, at the same place of the same file.
bool may_pass(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
        case ENOMEM:
        case EAGAIN:
        case EINTR:
        case ECANCELED: return true;
        default: return false;
    }
}

}  // namespace

FileSeries::FileSeries(OutputShared& shared, std::optional<packet::LinkType> link)
    : shared_(shared),
      link_(link),
      disk_(shared.settings.directory, shared.notices),
      sync_{this, true} {}

void FileSeries::poll(int64_t now_ns) {
    if (has_given_up_) return;
    now_ns_ = now_ns;
    pop_done();
    watch_disk();
    if (is_lost_) {
        if (in_flight() == 0) let_go();
        return;
    }
    retry();
    if (file_ && now_ns - file_->begun_ns >= shared_.settings.rotate_interval_ns)
        is_rotating_ = true;
    place();
    const bool is_over = is_rotating_ || (is_finishing_ && pieces_.empty());
    if (file_ && is_over && placed_ == 0 && !is_syncing_) {
        end_file();
        place();
    }
    sync();
}

void FileSeries::place() {
    while (!is_rotating_ && in_flight_ < in_flight_max && placed_ < pieces_.size()) {
        if (!file_ && !begin_file(pieces_[placed_].first_ns)) return;
        is_rotating_ = must_rotate(pieces_[placed_]);
        if (is_rotating_) return;
        describe_interfaces();
        start_write();
    }
}

bool FileSeries::must_rotate(const Piece& piece) const {
    return file_->has_packets && file_->end + piece.bytes.size() > shared_.settings.rotate_bytes;
}

// Those that packets of the next pieces may have come in by.
void FileSeries::describe_interfaces() {
    const uint32_t count = link_ ? 0 : interface_count();
    if (count == file_->interfaces) return;
    const auto facts = interface_facts(file_->interfaces, count);
    Piece piece;
    piece.own = stored(interface_blocks(facts), Compressor::Place::middle);
    piece.bytes = piece.own.bytes();
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(placed_), std::move(piece));
    file_->interfaces = count;
}

// As many pieces as there are, up to what one write should have.
void FileSeries::start_write() {
    Write& write = writes_.emplace_back();
    write.series = this;
    write.is_sync = false;
    write.offset = file_->end;
    while (placed_ < pieces_.size()) {
        const Piece& piece = pieces_[placed_];
        const bool fits = write.left + piece.bytes.size() <= write_bytes_max && !must_rotate(piece);
        if (write.piece_count != 0 && !fits) break;
        write.parts.push_back({const_cast<uint8_t*>(piece.bytes.data()), piece.bytes.size()});
        write.left += piece.bytes.size();
        write.piece_count++;
        file_->end += piece.bytes.size();
        file_->has_packets |= piece.chunk != nullptr;
        placed_++;
    }
    send(write);
}

void FileSeries::send(Write& write) {
    write.state = State::in_flight;
    write.started_ns = now_ns_;
    write.was_direct = file_->file.is_direct();
    in_flight_++;
    shared_.ring.write(file_->file.fd(), write.parts, write.offset, &write);
}

void FileSeries::retry() {
    for (Write& write : writes_)
        if (write.state == State::failed && now_ns_ >= write.retry_ns) send(write);
}

void FileSeries::complete(Operation& operation, int64_t result) {
    if (operation.is_sync) {
        is_syncing_ = false;
        if (result < 0 && file_) lose(std::strerror(static_cast<int>(-result)));
        return;
    }
    in_flight_--;
    if (has_given_up_) return;
    auto& write = static_cast<Write&>(operation);
    if (result <= 0) return refused(write, result == 0 ? ENOSPC : static_cast<int>(-result));
    advance(write, static_cast<uint64_t>(result));
    if (write.left != 0 && !is_lost_) return send(write);
    write.state = write.left == 0 ? State::done : State::failed;
    must_sync_ = true;
    was_written_ = true;
    if (!file_->file.is_linked()) {
        write.state = State::failed;
        lose("the file was deleted while it was written");
    }
}

// Takes what is written off the front.
void FileSeries::advance(Write& write, uint64_t bytes) {
    // A write that was cut short at a sector goes on at a whole block, or it is not direct.
    if (write.was_direct && bytes != write.left) bytes &= ~uint64_t{packets::chunk_alignment - 1};
    write.offset += bytes;
    write.left -= bytes;
    auto part = write.parts.begin();
    for (; part != write.parts.end() && bytes >= part->iov_len; part++) bytes -= part->iov_len;
    write.parts.erase(write.parts.begin(), part);
    if (bytes == 0) return;
    write.parts.front().iov_base = static_cast<uint8_t*>(write.parts.front().iov_base) + bytes;
    write.parts.front().iov_len -= bytes;
}

void FileSeries::refused(Write& write, int error) {
    write.state = State::failed;
    if (error == EINVAL && write.was_direct) {
        // Some filesystems take O_DIRECT when a file is opened and refuse it here.
        if (file_->file.is_direct()) {
            file_->file.drop_direct();
            direct_refused();
        }
        return send(write);
    }
    shared_.totals.failures++;
    write.retry_ns = now_ns_ + retry_interval_ns;
    if (error == EINTR || error == ECANCELED) write.retry_ns = now_ns_;
    if (!may_pass(error)) return lose(std::strerror(error));
    if (error == ENOSPC) shared_.housekeeper.retain();
    if (write.retry_ns != now_ns_) fails(std::strerror(error));
}

void FileSeries::lose(const std::string& why) {
    is_lost_ = true;
    begin_ns_ = now_ns_ + retry_interval_ns;
    fails(why);
}

void FileSeries::pop_done() {
    while (!writes_.empty() && writes_.front().state == State::done) {
        const Write& write = writes_.front();
        for (size_t i = 0; i < write.piece_count; i++) {
            piece_done(pieces_.front());
            pieces_.pop_front();
        }
        placed_ -= write.piece_count;
        writes_.pop_front();
    }
}

void FileSeries::piece_done(const Piece& piece) {
    if (piece.chunk != nullptr) {
        (*piece.pending)--;
        shared_.totals.file_bytes += piece.bytes.size();
        file_->last_ns = std::max(file_->last_ns, piece.chunk->header().last_ns);
        add_to_index(piece);
    }
    file_->done += piece.bytes.size();
}

void FileSeries::add_to_index(const Piece& piece) {
    if (!file_->index) return;
    packets::ChunkBlock chunk = piece.chunk->header();
    const auto stored_bytes = static_cast<uint32_t>(piece.bytes.size());
    // Of the classic format it is a run of records, and maybe not all that the chunk had.
    chunk.packets = piece.packets;
    if (link_) chunk.chunk_bytes = stored_bytes;
    // What fails here is told when the file is closed.
    static_cast<void>(file_->index->append(chunk, file_->done, stored_bytes, piece.chunk->flows()));
}

void FileSeries::watch_disk() {
    const auto hangs = [&](const Write& write) {
        return write.state == State::in_flight && now_ns_ - write.started_ns >= stall_ns;
    };
    if (std::ranges::any_of(writes_, hangs)) return fails("the disk does not answer");
    const auto has_failed = [](const Write& write) { return write.state == State::failed; };
    if (was_written_ && !is_lost_ && std::ranges::none_of(writes_, has_failed))
        disk_.works(now_ns_);
}

void FileSeries::fails(const std::string& why) {
    was_written_ = false;
    disk_.fails(why, now_ns_);
}

void FileSeries::sync() {
    if (!file_ || is_lost_ || is_syncing_ || !must_sync_ || shared_.is_device) return;
    if (now_ns_ - synced_ns_ < sync_interval_ns) return;
    synced_ns_ = now_ns_;
    must_sync_ = false;
    is_syncing_ = true;
    if (file_->index) static_cast<void>(file_->index->flush());
    shared_.ring.sync_data(file_->file.fd(), &sync_);
}

}  // namespace baleen::capture
