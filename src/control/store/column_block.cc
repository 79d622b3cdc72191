#include "control/store/column_block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "control/store/block_ranges.h"

namespace baleen::store {
namespace {

constexpr size_t image_bytes = sizeof(FlowImage);

struct Head {
    uint32_t version;
    uint32_t rows;
};
constexpr uint32_t columns_version = 1;
constexpr size_t kinds_at = sizeof(Head);
constexpr size_t base_at = kinds_at + image_bytes;
constexpr size_t columns_at = base_at + image_bytes;

enum class Kind : uint8_t { same, column };

const uint8_t* bytes_of(const FlowImage& image) { return reinterpret_cast<const uint8_t*>(&image); }

// Which bytes are not the same in all rows: those of it that are not zero.
std::array<uint8_t, image_bytes> differences(std::span<const FlowImage> rows) {
    std::array<uint8_t, image_bytes> out{};
    const uint8_t* first = bytes_of(rows.front());
    for (const FlowImage& row : rows)
        for (size_t i = 0; i < image_bytes; i++)
            out[i] = static_cast<uint8_t>(out[i] | (bytes_of(row)[i] ^ first[i]));
    return out;
}

bool fits(uint8_t byte, const ByteTest& test) { return (byte & test.mask) == test.value; }

uint64_t bits_below(uint32_t count) {
    return count == column_rows_at_once ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
}
uint64_t bits_if(bool is_set) { return is_set ? ~uint64_t{0} : 0; }

// Bit i: the byte at i fits.
uint64_t bits_where(const uint8_t* bytes, uint32_t count, const ByteTest& test) {
    // Bytes of 0 and 1 first, which a compiler makes vectors of; then eight of them to eight bits.
    alignas(64) std::array<uint8_t, column_rows_at_once> found{};
    for (uint32_t i = 0; i < count; i++) found[i] = fits(bytes[i], test) ? 1 : 0;
    uint64_t bits = 0;
    for (uint32_t i = 0; i < column_rows_at_once; i += 8) {
        uint64_t eight;
        std::memcpy(&eight, found.data() + i, sizeof eight);
        bits |= (eight * 0x0102040810204080) >> 56 << i;
    }
    return bits;
}

}  // namespace

FlowImage FlowImage::of(std::span<const uint8_t, record::fixed_record_bytes> record, int64_t run,
                        int64_t worker, int64_t sequence) {
    FlowImage image{.fixed = {}, .run = run, .worker = worker, .sequence = sequence};
    std::ranges::copy(record, image.fixed.begin());
    return image;
}

std::optional<FlowImage> FlowImage::of_row(const Statement& row, int column) {
    const auto record = row.column_blob(column);
    if (record.size() < record::fixed_record_bytes) return std::nullopt;
    return of(record.first<record::fixed_record_bytes>(), row.column_int(column + 1),
              row.column_int(column + 2), row.column_int(column + 3));
}

int64_t FlowImage::number_at(size_t at) const {
    int64_t number;
    std::memcpy(&number, fixed.data() + at, sizeof number);
    return number;
}

std::vector<uint8_t> pack_columns(std::span<const FlowImage> rows) {
    std::vector<uint8_t> out(columns_at);
    const Head head{columns_version, static_cast<uint32_t>(rows.size())};
    std::memcpy(out.data(), &head, sizeof head);
    if (rows.empty()) return out;
    std::memcpy(out.data() + base_at, &rows.front(), image_bytes);
    const auto different = differences(rows);
    std::vector<size_t> places;
    for (size_t i = 0; i < image_bytes; i++) {
        if (different[i] == 0) continue;
        out[kinds_at + i] = static_cast<uint8_t>(Kind::column);
        places.push_back(i);
    }
    out.resize(columns_at + places.size() * rows.size());
    for (size_t first = 0; first < rows.size(); first += column_rows_at_once) {
        const auto some =
            rows.subspan(first, std::min<size_t>(column_rows_at_once, rows.size() - first));
        uint8_t* column = out.data() + columns_at + first;
        for (const size_t place : places) {
            for (size_t row = 0; row < some.size(); row++) column[row] = bytes_of(some[row])[place];
            column += rows.size();
        }
    }
    return out;
}

std::optional<ColumnReader> ColumnReader::open(std::span<const uint8_t> block) {
    if (block.size() < columns_at) return std::nullopt;
    Head head;
    std::memcpy(&head, block.data(), sizeof head);
    if (head.version != columns_version || head.rows > block_rows) return std::nullopt;
    ColumnReader reader;
    reader.rows_ = head.rows;
    std::memcpy(&reader.base_, block.data() + base_at, image_bytes);
    size_t at = columns_at;
    for (size_t i = 0; i < image_bytes; i++) {
        const uint8_t kind = block[kinds_at + i];
        if (kind == static_cast<uint8_t>(Kind::same)) continue;
        if (kind != static_cast<uint8_t>(Kind::column) || block.size() - at < head.rows)
            return std::nullopt;
        reader.values_[i] = block.data() + at;
        reader.places_.push_back(i);
        at += head.rows;
    }
    if (at != block.size()) return std::nullopt;
    return reader;
}

std::span<const uint32_t> ColumnReader::passing(const ColumnTest& test, uint32_t first,
                                                uint32_t last, ColumnRows& room) const {
    uint64_t rows = bits_below(last - first + 1);
    for (const auto& condition : test.conditions) {
        uint64_t any = 0;
        for (const auto& alternative : condition) {
            uint64_t all = rows;
            for (const ByteTest& byte : alternative) {
                if (all == 0) break;
                all &= values_[byte.place] != nullptr
                           ? bits_where(values_[byte.place] + first, last - first + 1, byte)
                           : bits_if(fits(bytes_of(base_)[byte.place], byte));
            }
            any |= all;
        }
        rows &= any;
        if (rows == 0) return {};
    }
    size_t count = 0;
    for (; rows != 0; rows &= rows - 1)
        room[count++] = first + static_cast<uint32_t>(std::countr_zero(rows));
    return std::span(room).first(count);
}

void ColumnReader::read(std::span<const uint32_t> rows, std::span<FlowImage> out) const {
    std::ranges::fill(out.first(rows.size()), base_);
    auto* images = reinterpret_cast<uint8_t*>(out.data());
    for (const size_t place : places_) {
        const uint8_t* values = values_[place];
        for (size_t i = 0; i < rows.size(); i++) images[i * image_bytes + place] = values[rows[i]];
    }
}

FlowImage ColumnReader::row(uint32_t number) const {
    FlowImage image;
    read({&number, 1}, {&image, 1});
    return image;
}

}  // namespace baleen::store
