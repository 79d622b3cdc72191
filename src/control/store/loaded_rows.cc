#include "control/store/loaded_rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace baleen::store {
namespace {

// As many as a first part of an answer has (query.cc), 2 MB: they stand in as many blocks of their
// slices as few of them do, and each block is unpacked anew by every load.
constexpr size_t rows_at_once = 4096;

}  // namespace

void LoadedRows::clear() {
    begin_ = 0;
    rows_.clear();
    bytes_.clear();
}

bool LoadedRows::load(const std::vector<Place>& places, size_t at, SliceSet& slices, Watch& watch) {
    clear();
    rows_.resize(std::min(rows_at_once, places.size() - at));
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
