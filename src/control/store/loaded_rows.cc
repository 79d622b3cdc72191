#include "control/store/loaded_rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace baleen::store {
namespace {

// Few at first, since some want only the first; 4096 are 2 MB.
constexpr size_t first_rows = 128;
constexpr size_t rows_growth = 4;
constexpr size_t rows_max = 4096;

}  // namespace

void LoadedRows::clear() {
    begin_ = 0;
    rows_.clear();
    bytes_.clear();
}

bool LoadedRows::load(const std::vector<Place>& places, size_t at, SliceSet& slices, Watch& watch) {
    clear();
    room_ = std::clamp(room_ * rows_growth, first_rows, rows_max);
    rows_.resize(std::min(room_, places.size() - at));
    // As they lie in their slices: neighbours share a page.
    std::vector<size_t> order(rows_.size());
    std::iota(order.begin(), order.end(), at);
    std::ranges::sort(order, {},
                      [&](size_t i) { return std::tie(places[i].slice, places[i].row); });
    Row row;
    for (size_t i = 0; i < order.size() && !watch.should_stop();) {
        const uint32_t slice = places[order[i]].slice;
        SliceReader* reader = slices.reader(slice);
        if (reader != nullptr) reader->begin();
        for (; i < order.size() && places[order[i]].slice == slice; i++) {
            if (reader == nullptr || watch.should_stop()) continue;
            const Place& place = places[order[i]];
            Loaded& loaded = rows_[order[i] - at];
            const auto bytes = reader->fetch(place, loaded.type);
            loaded.offset = bytes_.size();
            loaded.bytes = bytes.size();
            bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
            if (row.read(loaded.type, bytes))
                loaded.port_name = reader->port_name(place.run, row.record.port_index);
            else loaded.bytes = 0;
        }
        if (reader != nullptr) reader->end();
    }
    if (watch.has_stopped()) {
        clear();
        return false;
    }
    begin_ = at;
    return true;
}

bool LoadedRows::read(size_t index, Row& row) const {
    const Loaded& loaded = rows_[index - begin_];
    return loaded.bytes > 0 &&
           row.read(loaded.type, std::span(bytes_).subspan(loaded.offset, loaded.bytes));
}

}  // namespace baleen::store
