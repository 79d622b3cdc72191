// Any bytes as columns of flows: refused, or as many rows as they say.
#include <array>
#include <cstdlib>

#include "control/store/flow_columns.h"

using namespace baleen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto reader = store::ColumnReader::open({data, size});
    if (!reader) return 0;
    std::array<store::FlowImage, 7> images;
    for (size_t row = 0; row < reader->rows(); row += images.size()) {
        const size_t left = reader->rows() - row;
        reader->read(static_cast<uint32_t>(row),
                     std::span(images).first(std::min(images.size(), left)));
        if (images[0].last_ns() == images[0].first_ns() + 1 && images[0].run == 0) continue;
    }
    return 0;
}
