// Records for the store's benchmark: what a worker would have put into its ring.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "baleen/record.h"
#include "ring/writer.h"

namespace baleen::cli {

// A part of them, made outside of the clock.
class StoreRows {
public:
    static constexpr int64_t start_ns = 1'700'002'800'000'000'000;  // a full hour
    static constexpr int64_t slice_ns = 3'600'000'000'000;
    static constexpr int64_t slice_count = 4;
    static constexpr int64_t span_ns = slice_count * slice_ns;

    struct Row {
        int64_t first_ns, last_ns;
        size_t offset, bytes;
    };

    // Flows, or events, that end one after the other within the span, `count` in all.
    StoreRows(ring::FrameType type, uint64_t count, uint64_t seed)
        : type_(type), step_ns_(span_ns / static_cast<int64_t>(count)), random_(seed) {}

    // The next ones, in place of those before.
    void make(uint64_t count);
    std::span<const Row> rows() const { return rows_; }
    std::span<const uint8_t> bytes_of(const Row& row) const {
        return std::span(bytes_).subspan(row.offset, row.bytes);
    }
    // All of them.
    void write(ring::Writer& writer) const;

private:
    uint64_t below(uint64_t end) { return random_() % end; }
    void set_direction(record::Direction& direction);
    void set_tcp(record::Tcp& tcp);
    void add_flow(int64_t end_ns);
    void add_event(int64_t time_ns);
    uint8_t* add(int64_t first_ns, int64_t last_ns, size_t bytes);

    ring::FrameType type_;
    int64_t step_ns_;
    std::mt19937_64 random_;
    uint64_t made_ = 0;
    std::vector<Row> rows_;
    std::vector<uint8_t> bytes_;
};

}  // namespace baleen::cli
