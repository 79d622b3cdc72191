// One file of packets after the other: where bytes are put, when the next file is begun, and what
// is done when the disk refuses.
//
// Order: pieces are put in the order they come in, and are done in that order; several writes are
// on their way at a time. Nothing of a piece is let go of before all of it is written to a file
// that is still there.
//
// What the disk may recover from by itself (no room, no memory) is tried again at the same place.
// After any other error the file is left as it is, up to the last piece that was done, and what
// came behind goes into a new one: an error may have made the whole filesystem read-only, and
// holding the old file would keep it from being mounted anew.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/capture/aligned_bytes.h"
#include "dataplane/capture/compressor.h"
#include "dataplane/capture/direct_file.h"
#include "dataplane/capture/disk_state.h"
#include "dataplane/capture/housekeeper.h"
#include "dataplane/capture/interfaces.h"
#include "dataplane/capture/io_ring.h"
#include "dataplane/capture/output_settings.h"
#include "dataplane/capture/output_totals.h"
#include "dataplane/capture/sealed_chunk.h"
#include "dataplane/capture/section.h"

namespace baleen::capture {

// What all series of one writer have in common.
struct OutputShared {
    OutputSettings settings;
    const Interfaces& interfaces;
    SectionFacts facts;
    bool is_device = false;  // the directory is /dev/null or the like
    IoRing ring;
    Compressor compressor;
    Housekeeper housekeeper;
    OutputTotals totals;
    std::vector<std::string> notices;
    uint32_t file_number = 0;
    bool may_be_direct = true;
};

// Bytes that stand together in a file.
struct Piece {
    std::span<const uint8_t> bytes;
    int64_t first_ns = 0;
    const SealedChunk* chunk = nullptr;  // whose packets it has; nullptr: none
    uint32_t packets = 0;
    uint32_t* pending = nullptr;  // of the chunk's pieces; counted down when this is done
    AlignedBytes own;             // the bytes, if they are no chunk's
};

// The file that pieces go to now.
struct OpenFile {
    std::string path;
    DirectFile file;
    std::optional<packets::IndexLog> index;
    int64_t begun_ns = 0;
    uint64_t end = 0;   // where the next piece goes
    uint64_t done = 0;  // where the last one that is done ends
    uint32_t interfaces_in_head = 0;
    uint32_t interfaces = 0;  // described so far
    bool has_packets = false;
    int64_t last_ns = 0;
};

class FileSeries {
public:
    // An operation of the ring; its token.
    struct Operation {
        FileSeries* series;
        bool is_sync;
        int64_t started_ns = 0;
    };

    // `link`: of all packets of the classic format.
    FileSeries(OutputShared& shared, std::optional<packet::LinkType> link);

    std::optional<packet::LinkType> link() const { return link_; }
    void push(Piece piece) { pieces_.push_back(std::move(piece)); }
    void complete(Operation& operation, int64_t result);
    void poll(int64_t now_ns);
    // Closes the file when what there is has been written.
    void finish() { is_finishing_ = true; }
    bool is_idle() const {
        return has_given_up_ || (pieces_.empty() && !file_ && in_flight() == 0);
    }
    bool is_failing() const { return disk_.is_failing(); }
    uint32_t in_flight() const { return in_flight_ + (is_syncing_ ? 1 : 0); }
    // What is not written is forgotten, the file closed if the disk lets it.
    void give_up();

private:
    // Of one that is tried again the disk may need a moment.
    static constexpr int64_t retry_interval_ns = 500'000'000;

    enum class State { in_flight, done, failed };
    struct Write : Operation {
        std::vector<iovec> parts;
        uint64_t offset = 0;
        uint64_t left = 0;
        size_t piece_count = 0;
        State state = State::in_flight;
        bool was_direct = false;
        int64_t retry_ns = 0;
    };

    bool begin_file(int64_t first_ns);
    int create_file(int64_t first_ns);
    int create_with_head();
    void direct_refused();
    void end_file();
    void hand_over(AlignedBytes tail, AlignedBytes head);
    void let_go();

    void place();
    bool must_rotate(const Piece& piece) const;
    void describe_interfaces();
    void start_write();
    void send(Write& write);
    void retry();
    void advance(Write& write, uint64_t bytes);
    void refused(Write& write, int error);
    void lose(const std::string& why);
    void pop_done();
    void piece_done(const Piece& piece);
    void add_to_index(const Piece& piece);
    void watch_disk();
    void fails(const std::string& why);
    void sync();
    AlignedBytes head() const;
    AlignedBytes tail() const;
    AlignedBytes stored(AlignedBytes blocks, Compressor::Place place) const;
    std::vector<InterfaceFacts> interface_facts(uint32_t from, uint32_t to) const;
    uint32_t interface_count() const;

    OutputShared& shared_;
    const std::optional<packet::LinkType> link_;
    DiskState disk_;
    std::optional<OpenFile> file_;
    std::deque<Piece> pieces_;  // the first placed_ are in writes
    size_t placed_ = 0;
    std::deque<Write> writes_;
    Operation sync_;
    bool is_syncing_ = false;
    bool must_sync_ = false;
    bool is_rotating_ = false;   // nothing more to this file
    bool is_finishing_ = false;  // nothing more at all
    bool was_written_ = false;   // since it failed
    bool is_lost_ = false;       // the file, as soon as nothing is on its way to it
    bool has_given_up_ = false;
    uint32_t in_flight_ = 0;  // writes
    int64_t now_ns_ = 0;
    int64_t begin_ns_ = INT64_MIN;  // no file before
    int64_t synced_ns_ = 0;
};

}  // namespace baleen::capture
