#include <fmt/format.h>

#include <cstring>

#include "baleen/limits.h"
#include "baleen/ring_reader.h"
#include "ring/segment.h"

namespace baleen::ring {

struct Reader::State {
    RingView view;
    // As they were when it was opened: the other side may write there what it likes.
    uint64_t run_id = 0;
    uint32_t worker = 0;
    uint64_t position_bytes = 0;  // next() goes on here
    uint64_t released_bytes = 0;
    uint64_t next_sequence = 0;
    uint64_t released_sequence = 0;
    bool sequence_known = false;
    bool released_sequence_known = false;
    uint64_t missed = 0;
    uint64_t released_missed = 0;
    std::string problem;

    void give_up(std::string sentence) { problem = std::move(sentence); }
};

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Reader Reader::open(int fd) {
    auto state = std::make_unique<State>();
    auto view = open_ring(fd);
    if (!view) {
        state->give_up(view.error().message);
        return Reader(std::move(state));
    }
    state->view = std::move(*view);
    state->run_id = state->view.header->run_id;
    state->worker = state->view.header->worker;
    state->released_bytes = state->view.header->tail_bytes.load(std::memory_order_acquire);
    state->position_bytes = state->released_bytes;
    if (state->position_bytes % frame_align_bytes != 0)
        state->give_up("has a reading position between frames");
    return Reader(std::move(state));
}

bool Reader::is_open() const { return state_->view.header != nullptr; }
uint64_t Reader::run_id() const { return state_->run_id; }
uint32_t Reader::worker() const { return state_->worker; }
const std::string& Reader::problem() const { return state_->problem; }
uint64_t Reader::missed_frames() const { return state_->missed; }

bool Reader::next(Frame& frame) {
    State& state = *state_;
    if (!state.problem.empty()) return false;
    // ORDER: acquire pairs with the writer's release in publish().
    const uint64_t head = state.view.header->head_bytes.load(std::memory_order_acquire);
    const uint64_t waiting = head - state.position_bytes;
    if (waiting == 0) return false;
    if (waiting > state.view.capacity_bytes || head % frame_align_bytes != 0) {
        state.give_up("has a writing position that cannot be");
        return false;
    }
    const uint8_t* at = state.view.data + (state.position_bytes & (state.view.capacity_bytes - 1));
    std::memcpy(&frame.header, at, sizeof(FrameHeader));
    const uint64_t bytes = frame_bytes(frame.header.payload_bytes);
    if (bytes > limits::frame_bytes_max || bytes > waiting) {
        state.give_up(
            fmt::format("has a frame of {} bytes, which cannot be", frame.header.payload_bytes));
        return false;
    }
    if (state.sequence_known && frame.header.sequence < state.next_sequence) {
        state.give_up("has a frame whose sequence number goes back");
        return false;
    }
    if (state.sequence_known) state.missed += frame.header.sequence - state.next_sequence;
    state.sequence_known = true;
    state.next_sequence = frame.header.sequence + 1;
    frame.payload = at + sizeof(FrameHeader);
    state.position_bytes += bytes;
    return true;
}

void Reader::release(uint64_t consumed_frames) {
    State& state = *state_;
    state.released_bytes = state.position_bytes;
    state.released_sequence = state.next_sequence;
    state.released_sequence_known = state.sequence_known;
    state.released_missed = state.missed;
    SegmentHeader& header = *state.view.header;
    header.frames_consumed.store(
        header.frames_consumed.load(std::memory_order_relaxed) + consumed_frames,
        std::memory_order_relaxed);
    // ORDER: release, so that the writer overwrites only what has been read.
    header.tail_bytes.store(state.released_bytes, std::memory_order_release);
}

void Reader::rewind() {
    state_->position_bytes = state_->released_bytes;
    state_->next_sequence = state_->released_sequence;
    state_->sequence_known = state_->released_sequence_known;
    state_->missed = state_->released_missed;
}

bool Reader::at_end() const {
    const SegmentHeader& header = *state_->view.header;
    // ORDER: `closed` is stored after the last head, so the head must be read after `closed`.
    return header.closed.load(std::memory_order_acquire) != 0 &&
           header.head_bytes.load(std::memory_order_acquire) == state_->position_bytes;
}

void Reader::set_state(ReaderState state) {
    state_->view.header->reader_state.store(static_cast<uint32_t>(state),
                                            std::memory_order_relaxed);
}

uint64_t Reader::consumed_frames() const {
    return state_->view.header->frames_consumed.load(std::memory_order_relaxed);
}

uint64_t Reader::written_frames() const {
    return state_->view.header->frames_written.load(std::memory_order_relaxed);
}

uint64_t Reader::bytes_waiting() const {
    return state_->view.header->head_bytes.load(std::memory_order_acquire) -
           state_->view.header->tail_bytes.load(std::memory_order_acquire);
}

}  // namespace baleen::ring
