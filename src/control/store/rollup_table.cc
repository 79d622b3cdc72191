#include "control/store/rollup_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "control/store/key_hash.h"

namespace baleen::store {
namespace {

constexpr size_t address_bytes = 16;
constexpr size_t places_min = 1024;

uint32_t hash_of(const RollupRow& row) {
    KeyHash hash(static_cast<uint64_t>(row.start_ns) * dimension_count +
                 static_cast<uint64_t>(row.dimension));
    // Behind the key there are zeros: whole words.
    hash.add(std::span(row.key_bytes).first((row.key_size + 7u) / 8 * 8));
    return hash.value();
}

bool is_same(const RollupRow& a, const RollupRow& b) {
    using Words = std::array<uint64_t, rollup_key_bytes_max / sizeof(uint64_t)>;
    const auto x = std::bit_cast<Words>(a.key_bytes), y = std::bit_cast<Words>(b.key_bytes);
    uint64_t differs = static_cast<uint64_t>(a.start_ns ^ b.start_ns);
    for (size_t i = 0; i < x.size(); i++) differs |= x[i] ^ y[i];
    return differs == 0 && a.dimension == b.dimension && a.key_size == b.key_size;
}

void set_port(RollupRow& row, const record::FlowRecord& record) {
    if ((record.flags & record::ports_absent) != 0 || record.responder_port == 0) return;
    row.key_bytes[0] = record.protocol;
    row.key_bytes[1] = static_cast<uint8_t>(record.responder_port >> 8);
    row.key_bytes[2] = static_cast<uint8_t>(record.responder_port);
    row.key_size = 3;
}

void set_protocol(RollupRow& row, const record::FlowRecord& record) {
    const bool is_known = (record.flags & record::has_application) != 0;
    const uint16_t app = is_known ? static_cast<uint16_t>(record.application.app_proto) : 0;
    row.key_bytes[0] = record.ip_version;
    row.key_bytes[1] = record.protocol;
    row.key_bytes[2] = static_cast<uint8_t>(app >> 8);
    row.key_bytes[3] = static_cast<uint8_t>(app);
    row.key_size = 4;
}

}  // namespace

RollupTable::RollupTable(RollupTable&& other) noexcept
    : pool_(std::exchange(other.pool_, {})),
      chunks_(std::exchange(other.chunks_, {})),
      places_(std::exchange(other.places_, {})),
      size_(std::exchange(other.size_, 0)),
      first_start_ns_(std::exchange(other.first_start_ns_, INT64_MAX)),
      last_start_ns_(std::exchange(other.last_start_ns_, INT64_MIN)) {}

RollupTable& RollupTable::operator=(RollupTable&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(chunks_, other.chunks_);
    std::swap(places_, other.places_);
    std::swap(size_, other.size_);
    std::swap(first_start_ns_, other.first_start_ns_);
    std::swap(last_start_ns_, other.last_start_ns_);
    return *this;
}

void RollupTable::add(const record::FlowRecord& record) {
    constexpr int64_t second_ns = level_ns[static_cast<size_t>(Level::second)];
    const int64_t start_ns = record.last_ns - record.last_ns % second_ns;
    const Sums sums = sums_of(record);
    const Sums reversed = sums.reversed();
    const uint8_t* a = record.initiator_address;
    const uint8_t* b = record.responder_address;
    const bool is_reversed = std::memcmp(b, a, address_bytes) < 0;

    std::array rows = {
        RollupRow{start_ns, sums, {}, Dimension::total, 0},
        RollupRow{start_ns, sums, {}, Dimension::host, address_bytes},
        RollupRow{start_ns, reversed, {}, Dimension::host, address_bytes},
        RollupRow{start_ns, sums, {}, Dimension::port, 0},
        RollupRow{start_ns, sums, {}, Dimension::protocol, 0},
        RollupRow{start_ns, is_reversed ? reversed : sums, {}, Dimension::pair, 2 * address_bytes}};
    std::memcpy(rows[1].key_bytes.data(), a, address_bytes);
    std::memcpy(rows[2].key_bytes.data(), b, address_bytes);
    set_port(rows[3], record);
    set_protocol(rows[4], record);
    std::memcpy(rows[5].key_bytes.data(), is_reversed ? b : a, address_bytes);
    std::memcpy(&rows[5].key_bytes[address_bytes], is_reversed ? a : b, address_bytes);
    add(rows);
}

void RollupTable::add(std::span<const RollupRow> rows) {
    BALEEN_ASSERT(rows.size() <= rows_at_once);
    if (places_.size() < 2 * (size_ + rows.size()))
        grow(std::max({places_min, places_before_, 2 * places_.size()}));
    const size_t mask = places_.size() - 1;
    std::array<uint32_t, rows_at_once> hashes;
    for (size_t i = 0; i < rows.size(); i++) {
        hashes[i] = hash_of(rows[i]);
        __builtin_prefetch(&places_[hashes[i] & mask]);
    }
    for (size_t i = 0; i < rows.size(); i++) {
        const Place& place = places_[hashes[i] & mask];
        if (place.index == 0 || place.hash != hashes[i]) continue;
        const auto* known = reinterpret_cast<const char*>(&row(place.index - 1));
        __builtin_prefetch(known, 1);
        __builtin_prefetch(known + sizeof(RollupRow) - 1, 1);
    }
    for (size_t i = 0; i < rows.size(); i++) add(rows[i], hashes[i]);
}

void RollupTable::add(const RollupRow& added, uint32_t hash) {
    const size_t mask = places_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        Place& place = places_[at];
        if (place.index == 0) {
            append(added);
            place = {hash, size_};
            return;
        }
        if (place.hash != hash) continue;
        RollupRow& known = row(place.index - 1);
        if (is_same(known, added)) return known.sums.add(added.sums);
    }
}

void RollupTable::add(const RollupTable& finer, Level level) {
    const int64_t span_ns = level_ns[static_cast<size_t>(level)];
    std::array<RollupRow, rows_at_once> rows;
    places_before_ = std::max(places_before_, finer.places_.size());
    for (uint32_t done = 0; done < finer.size();) {
        const auto count = std::min(finer.size() - done, uint32_t{rows_at_once});
        for (uint32_t i = 0; i < count; i++) {
            rows[i] = finer[done + i];
            rows[i].start_ns -= rows[i].start_ns % span_ns;
        }
        add(std::span(rows).first(count));
        done += count;
    }
}

void RollupTable::append(const RollupRow& added) {
    if (size_ == chunks_.size() * rollup_chunk_rows) chunks_.push_back(pool_->take());
    row(size_++) = added;
    first_start_ns_ = std::min(first_start_ns_, added.start_ns);
    last_start_ns_ = std::max(last_start_ns_, added.start_ns);
}

void RollupTable::grow(size_t places) {
    const std::vector<Place> old = std::exchange(places_, std::vector<Place>(places));
    const size_t mask = places_.size() - 1;
    for (const Place& place : old) {
        if (place.index == 0) continue;
        size_t at = place.hash & mask;
        while (places_[at].index != 0) at = (at + 1) & mask;
        places_[at] = place;
    }
}

void RollupTable::clear() {
    for (auto& chunk : chunks_) pool_->give(std::move(chunk));
    chunks_.clear();
    places_before_ = std::exchange(places_, {}).size();
    size_ = 0;
    first_start_ns_ = INT64_MAX;
    last_start_ns_ = INT64_MIN;
}

}  // namespace baleen::store
