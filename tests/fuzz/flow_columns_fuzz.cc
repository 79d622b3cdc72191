// Any bytes as columns of flows: refused, or rows that are the same when they are packed again.
#include <cstdlib>
#include <vector>

#include "control/store/flow_blocks.h"

using namespace baleen;

namespace {

std::vector<store::FlowImage> rows_of(const store::ColumnReader& reader) {
    std::vector<store::FlowImage> rows;
    for (uint32_t i = 0; i < reader.rows(); i++) rows.push_back(reader.row(i));
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto reader = store::ColumnReader::open({data, size});
    if (!reader) return 0;
    const auto rows = rows_of(*reader);
    const auto packed = store::pack_columns(rows);
    const auto again = store::ColumnReader::open(packed);
    if (!again || rows_of(*again) != rows) std::abort();
    return 0;
}
