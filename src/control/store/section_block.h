// What a block of flow records has behind the fixed parts (column_block.h): their sections, one row
// after the other, compressed together. Told apart from the columns because few questions ask for
// them, and most of those of few rows.
//
// Shape: a `Head`; an LZ4 block (lz4_Block_format.md) of the length of each row's sections, two
// bytes, and then the sections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "baleen/record.h"

namespace baleen::store {

// Of one record.
inline constexpr size_t record_sections_bytes_max =
    sizeof(record::FlowRecord) - record::fixed_record_bytes;

// Sections of rows as they come.
class SectionList {
public:
    void add(std::span<const uint8_t> sections);
    void clear();
    std::span<const uint8_t> operator[](size_t row) const;
    std::vector<uint8_t> pack() const;

private:
    std::vector<uint16_t> lengths_;
    std::vector<size_t> begins_;
    std::vector<uint8_t> bytes_;
};

// Out of a block's bytes. Nothing is believed of them: sections are to be checked like those of
// rows.
class SectionReader {
public:
    // False: these bytes are not the sections of so many rows.
    bool open(std::span<const uint8_t> block, uint32_t rows);
    std::span<const uint8_t> of(uint32_t row) const;

private:
    std::vector<uint8_t> bytes_;  // with the lengths
    std::vector<size_t> begins_;  // and the end of the last one
};

}  // namespace baleen::store
