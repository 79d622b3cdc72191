#include "control/store/level_spans.h"

namespace baleen::store {
namespace {

void add_spans(std::vector<LevelSpan>& out, int64_t begin_ns, int64_t end_ns, Level level) {
    if (begin_ns >= end_ns) return;
    const int64_t length_ns = level_ns[static_cast<size_t>(level)];
    if (level == Level::second) {
        out.push_back({level, begin_ns, end_ns});
        return;
    }
    const int64_t rest_ns = begin_ns % length_ns;
    // Behind the last full one there is none; nor is there room for its end.
    const bool is_far = begin_ns > INT64_MAX - length_ns;
    const int64_t inner_begin_ns = rest_ns == 0 ? begin_ns
                                   : is_far     ? INT64_MAX
                                                : begin_ns - rest_ns + length_ns;
    const int64_t inner_end_ns = end_ns == INT64_MAX ? end_ns : end_ns - end_ns % length_ns;
    const auto finer = static_cast<Level>(static_cast<uint8_t>(level) - 1);
    if (inner_begin_ns >= inner_end_ns) return add_spans(out, begin_ns, end_ns, finer);
    add_spans(out, begin_ns, inner_begin_ns, finer);
    out.push_back({level, inner_begin_ns, inner_end_ns});
    add_spans(out, inner_end_ns, end_ns, finer);
}

}  // namespace

std::vector<LevelSpan> level_spans(int64_t since_ns, int64_t until_ns, Level coarsest) {
    std::vector<LevelSpan> out;
    add_spans(out, since_ns, until_ns, coarsest);
    return out;
}

}  // namespace baleen::store
