// Requests to baleen-graph: any bytes are refused or read, and what was read is written the same.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "control/graph/metrics.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace baleen::graph;
    const std::span bytes(reinterpret_cast<const char*>(data), size);
    const auto request = decode_request(bytes);
    const size_t told = request_bytes(bytes.first(std::min(size, request_head_bytes)));
    if (request) {
        if (told != size) std::abort();
        const auto again = decode_request(encode(*request));
        if (!again || again->edges != request->edges || again->places != request->places)
            std::abort();
        for (const auto& edge : request->edges)
            if (edge.a >= edge.b || edge.b >= request->node_count) std::abort();
    }
    // The same bytes as an answer, to a question that has one.
    MetricsRequest asked{.wanted = metrics_all, .node_count = 3, .edges = {{0, 1, 1}, {1, 2, 1}}};
    if (const auto answer = decode_answer(bytes, asked))
        if (!decode_answer(encode(*answer), asked)) std::abort();
    return 0;
}
