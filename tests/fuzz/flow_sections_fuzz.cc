// Any bytes as sections of flows: refused, or rows that are the same when they are packed again.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "control/store/section_block.h"

using namespace baleen;

// The first two bytes: how many rows are expected.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint16_t rows;
    if (size < sizeof rows) return 0;
    std::memcpy(&rows, data, sizeof rows);
    store::SectionReader reader;
    if (!reader.open({data + sizeof rows, size - sizeof rows}, rows)) return 0;
    store::SectionList list;
    for (uint32_t i = 0; i < rows; i++) list.add(reader.of(i));
    const auto packed = list.pack();
    store::SectionReader again;
    if (!again.open(packed, rows)) std::abort();
    for (uint32_t i = 0; i < rows; i++)
        if (!std::ranges::equal(again.of(i), reader.of(i))) std::abort();
    return 0;
}
