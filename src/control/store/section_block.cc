#include "control/store/section_block.h"

#include <lz4.h>

#include <cstring>

#include "base/assert.h"
#include "control/store/block_ranges.h"

namespace baleen::store {
namespace {

struct Head {
    uint32_t version;
    uint32_t rows;
    uint32_t bytes;  // before they were compressed
};
constexpr uint32_t sections_version = 1;

// All of a block: 4 MB, so that no stored number makes anybody allocate more.
constexpr size_t block_bytes_max = block_rows * (sizeof(uint16_t) + record_sections_bytes_max);
static_assert(record_sections_bytes_max <= UINT16_MAX && block_bytes_max <= LZ4_MAX_INPUT_SIZE);

}  // namespace

void SectionList::add(std::span<const uint8_t> sections) {
    BALEEN_ASSERT(sections.size() <= record_sections_bytes_max);
    lengths_.push_back(static_cast<uint16_t>(sections.size()));
    begins_.push_back(bytes_.size());
    bytes_.insert(bytes_.end(), sections.begin(), sections.end());
}

void SectionList::clear() {
    lengths_.clear();
    begins_.clear();
    bytes_.clear();
}

std::span<const uint8_t> SectionList::operator[](size_t row) const {
    return std::span(bytes_).subspan(begins_[row], lengths_[row]);
}

std::vector<uint8_t> SectionList::pack() const {
    const auto* lengths = reinterpret_cast<const uint8_t*>(lengths_.data());
    std::vector<uint8_t> plain(lengths, lengths + lengths_.size() * sizeof(uint16_t));
    plain.insert(plain.end(), bytes_.begin(), bytes_.end());
    const auto plain_bytes = static_cast<int>(plain.size());
    std::vector<uint8_t> out(sizeof(Head) + static_cast<size_t>(LZ4_compressBound(plain_bytes)));
    const Head head{sections_version, static_cast<uint32_t>(lengths_.size()),
                    static_cast<uint32_t>(plain_bytes)};
    std::memcpy(out.data(), &head, sizeof head);
    const int packed_bytes =
        LZ4_compress_default(reinterpret_cast<const char*>(plain.data()),
                             reinterpret_cast<char*>(out.data() + sizeof head), plain_bytes,
                             static_cast<int>(out.size() - sizeof head));
    out.resize(sizeof head + static_cast<size_t>(packed_bytes));
    return out;
}

bool SectionReader::open(std::span<const uint8_t> block, uint32_t rows) {
    begins_.clear();
    Head head;
    if (block.size() < sizeof head) return false;
    std::memcpy(&head, block.data(), sizeof head);
    const size_t length_bytes = rows * sizeof(uint16_t);
    if (head.version != sections_version || head.rows != rows || head.bytes < length_bytes ||
        head.bytes > block_bytes_max)
        return false;
    bytes_.resize(head.bytes);
    const auto packed = block.subspan(sizeof head);
    const int plain_bytes = LZ4_decompress_safe(
        reinterpret_cast<const char*>(packed.data()), reinterpret_cast<char*>(bytes_.data()),
        static_cast<int>(packed.size()), static_cast<int>(head.bytes));
    if (plain_bytes != static_cast<int>(head.bytes)) return false;
    size_t at = length_bytes;
    for (uint32_t row = 0; row < rows; row++) {
        uint16_t length;
        std::memcpy(&length, bytes_.data() + row * sizeof length, sizeof length);
        if (length > record_sections_bytes_max) return false;
        begins_.push_back(at);
        at += length;
    }
    begins_.push_back(at);
    return at == bytes_.size();
}

std::span<const uint8_t> SectionReader::of(uint32_t row) const {
    return std::span(bytes_).subspan(begins_[row], begins_[row + 1] - begins_[row]);
}

}  // namespace baleen::store
