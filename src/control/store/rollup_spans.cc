#include "control/store/rollup_spans.h"

#include <algorithm>
#include <compare>
#include <vector>

namespace baleen::store {
namespace {

struct Place {
    int64_t second_ns;
    uint32_t index;
    // NOLINTNEXTLINE(modernize-use-nullptr): it takes the zero that is meant for one.
    auto operator<=>(const Place&) const = default;
};

std::vector<Place> by_time(const PooledList<RollupFlow>& flows) {
    std::vector<Place> order(flows.size());
    for (uint32_t i = 0; i < flows.size(); i++) order[i] = {flows[i].second_ns, i};
    // They come nearly so.
    if (!std::ranges::is_sorted(order)) std::ranges::sort(order);
    return order;
}

}  // namespace

base::Status RollupSpans::write(Database& database, RollupWriter& writer,
                                const PooledList<RollupFlow>& flows) {
    const std::vector<Place> order = by_time(flows);
    std::array<const RollupFlow*, RollupSpan::flows_at_once> some;
    for (size_t at = 0; at < order.size();) {
        const int64_t second_ns = order[at].second_ns;
        for (size_t level = level_ns.size(); level-- > 0;) {
            const int64_t start_ns = second_ns - second_ns % level_ns[level];
            if (starts_ns_[level] == start_ns) continue;
            if (auto status = end(database, writer, static_cast<Level>(level)); !status)
                return status;
            starts_ns_[level] = start_ns;
        }
        size_t count = 0;
        while (count < some.size() && at < order.size() && order[at].second_ns == second_ns)
            some[count++] = &flows[order[at++].index];
        spans_.front().add(std::span(some).first(count));
        if (bytes() > pool_->sums_bytes_max())
            if (auto status = end(database, writer, Level::hour); !status) return status;
    }
    return end(database, writer, Level::hour);
}

base::Status RollupSpans::end(Database& database, RollupWriter& writer, Level level) {
    for (size_t l = 0; l <= static_cast<size_t>(level); l++) {
        RollupSpan& span = spans_[l];
        if (span.is_empty()) continue;
        if (auto status = writer.write(database, static_cast<Level>(l), starts_ns_[l], span);
            !status)
            return status;
        if (l + 1 < spans_.size()) spans_[l + 1].take(span);
        else span.clear();
    }
    return base::Ok{};
}

size_t RollupSpans::bytes() const {
    size_t sum = 0;
    for (const RollupSpan& span : spans_) sum += span.bytes();
    return sum;
}

}  // namespace baleen::store
