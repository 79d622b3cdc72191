#include "control/store/rollup_table.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace baleen::store {
namespace {

constexpr size_t address_bytes = 16;
constexpr size_t places_min = 1024;

uint64_t mixed(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t hash_seed() {
    static const uint64_t seed = [] {
        std::random_device device;
        return (uint64_t{device()} << 32) | device();
    }();
    return seed;
}

// Multiply and fold, as wyhash does it: a word a multiplication. Of the key as much as there is.
uint64_t hash_of(const RollupRow& row) {
    constexpr uint64_t odd = 0x9e3779b97f4a7c15;
    uint64_t hash = mixed(static_cast<uint64_t>(row.start_ns) ^ hash_seed(),
                          odd + static_cast<uint64_t>(row.dimension));
    for (size_t at = 0; at < row.key_size; at += sizeof(uint64_t)) {
        uint64_t word;
        std::memcpy(&word, &row.key_bytes[at], sizeof word);
        hash = mixed(hash ^ word, odd ^ hash_seed());
    }
    return mixed(hash, odd);
}

bool is_same(const RollupRow& a, const RollupRow& b) {
    return a.start_ns == b.start_ns && a.dimension == b.dimension && a.key_size == b.key_size &&
           std::memcmp(a.key_bytes.data(), b.key_bytes.data(), rollup_key_bytes_max) == 0;
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

void RollupTable::add(const record::FlowRecord& record) {
    constexpr int64_t second_ns = level_ns[static_cast<size_t>(Level::second)];
    const auto row_of = [&](Dimension dimension, const Sums& sums) {
        return RollupRow{record.last_ns - record.last_ns % second_ns, sums, {}, dimension, 0};
    };
    const Sums sums = sums_of(record);
    const Sums reversed = sums.reversed();
    add(row_of(Dimension::total, sums));

    const uint8_t* a = record.initiator_address;
    const uint8_t* b = record.responder_address;
    const auto add_host = [&](const uint8_t* address, const Sums& host_sums) {
        RollupRow row = row_of(Dimension::host, host_sums);
        std::memcpy(row.key_bytes.data(), address, address_bytes);
        row.key_size = address_bytes;
        add(row);
    };
    add_host(a, sums);
    add_host(b, reversed);

    RollupRow port = row_of(Dimension::port, sums);
    set_port(port, record);
    add(port);
    RollupRow protocol = row_of(Dimension::protocol, sums);
    set_protocol(protocol, record);
    add(protocol);

    const bool is_reversed = std::memcmp(b, a, address_bytes) < 0;
    RollupRow pair = row_of(Dimension::pair, is_reversed ? reversed : sums);
    std::memcpy(pair.key_bytes.data(), is_reversed ? b : a, address_bytes);
    std::memcpy(&pair.key_bytes[address_bytes], is_reversed ? a : b, address_bytes);
    pair.key_size = 2 * address_bytes;
    add(pair);
}

void RollupTable::add(const RollupRow& row) {
    if (places_.size() < 2 * (size_t{size_} + 1)) grow();
    const uint64_t hash = hash_of(row);
    const size_t mask = places_.size() - 1;
    const auto tag = static_cast<uint32_t>(hash >> 32);
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        Place& place = places_[at];
        if (place.index == 0) {
            append(row);
            place = {tag, size_};
            return;
        }
        if (place.hash != tag) continue;
        const uint32_t index = place.index - 1;
        RollupRow& known = chunks_[index / chunk_rows][index % chunk_rows];
        if (is_same(known, row)) return known.sums.add(row.sums);
    }
}

void RollupTable::add(const RollupTable& finer, Level level) {
    const int64_t span_ns = level_ns[static_cast<size_t>(level)];
    for (uint32_t i = 0; i < finer.size(); i++) {
        RollupRow row = finer[i];
        row.start_ns -= row.start_ns % span_ns;
        add(row);
    }
}

RollupRow& RollupTable::append(const RollupRow& row) {
    if (size_ == chunks_.size() * chunk_rows) {
        chunk_store_.push_back(std::make_unique<std::array<RollupRow, chunk_rows>>());
        chunks_.push_back(chunk_store_.back()->data());
    }
    RollupRow& place = chunks_[size_ / chunk_rows][size_ % chunk_rows];
    size_++;
    return place = row;
}

void RollupTable::grow() {
    places_.assign(std::max(places_min, 2 * places_.size()), {});
    const size_t mask = places_.size() - 1;
    for (uint32_t i = 0; i < size_; i++) {
        const uint64_t hash = hash_of((*this)[i]);
        size_t at = hash & mask;
        while (places_[at].index != 0) at = (at + 1) & mask;
        places_[at] = {static_cast<uint32_t>(hash >> 32), i + 1};
    }
}

void RollupTable::clear() { *this = {}; }

}  // namespace baleen::store
