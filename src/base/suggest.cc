#include "base/suggest.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace baleen::base {
namespace {

// Levenshtein distance, in which two neighbours that have changed places count as one edit (optimal
// string alignment).
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); j++) row[j] = j;
    for (size_t i = 1; i <= a.size(); i++) {
        before.swap(last);
        last.swap(row);
        row[0] = i;
        for (size_t j = 1; j <= b.size(); j++) {
            const size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

// Edits up to which a name may be meant.
size_t edits_max(std::string_view name) { return std::max<size_t>(2, name.size() / 3); }

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates) {
    std::string_view best;
    size_t best_distance = SIZE_MAX;
    const auto consider = [&](std::string_view candidate, size_t edits, size_t most) {
        if (edits > most || edits >= best_distance) return;
        best_distance = edits;
        best = candidate;
    };
    for (const std::string_view candidate : candidates) {
        consider(candidate, distance(name, candidate), edits_max(name));
        // "idle_timeout" is near to "flow.idle_timeout", whatever the section.
        consider(candidate, distance(last_part(name), last_part(candidate)) + 1,
                 edits_max(last_part(name)));
    }
    return best;
}

}  // namespace baleen::base
