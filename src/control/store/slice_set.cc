#include "control/store/slice_set.h"

namespace baleen::store {
namespace {

// Each has a page cache of up to 2 MB and three files.
constexpr uint32_t open_max = 16;

}  // namespace

SliceSet::SliceSet(const std::string& directory, const Query& query, Watch& watch)
    : query_(&query), watch_(&watch) {
    for (SliceFile& file : list_slices(directory)) slices_.emplace_back().file = std::move(file);
}

void SliceSet::look_again() {
    for (Slice& slice : slices_) {
        // What was sealed and is still the same has nothing new to tell.
        if (slice.stamp.is_sealed && stamp_of(slice.file.path) == slice.stamp) continue;
        slice.is_fresh = false;
        slice.has_times = false;
    }
}

bool SliceSet::can_hold(uint32_t index, const Times& wanted) {
    Slice& slice = slices_[index];
    if (slice.is_broken || slice.file.start_ns > wanted.last.high) return false;
    if (!slice.has_times) {
        slice.stamp = stamp_of(slice.file.path);
        const bool of_flows = query_->kind == filter::Kind::flow;
        if (const auto known = known_times(slice.file.path, of_flows, slice.stamp)) {
            slice.times = *known;
        } else {
            slice.is_fresh = false;
            const SliceReader* reader = this->reader(index);
            if (reader == nullptr) return false;
            slice.times = reader->times();
            // A reader of some protocols finds nothing in a slice that knows none.
            if (query_->app_protos.empty())
                note_times(slice.file.path, of_flows, slice.stamp, slice.times);
        }
        slice.has_times = true;
    }
    return slice.times.overlap(wanted);
}

SliceReader* SliceSet::reader(uint32_t index) {
    Slice& slice = slices_[index];
    slice.used = ++uses_;
    if (slice.is_broken) return nullptr;
    return open(slice);
}

SliceReader* SliceSet::open(Slice& slice) {
    base::Status status = base::Ok{};
    if (slice.reader == nullptr) {
        if (open_now_ >= open_max) close_one();
        opened_++;
        auto reader = SliceReader::open(slice.file, *query_, *watch_);
        if (reader) {
            slice.reader = std::move(*reader);
            open_now_++;
        } else {
            status = reader.error();
        }
    } else if (!slice.is_fresh) {
        status = slice.reader->refresh();
    }
    slice.is_fresh = true;
    if (status) return slice.reader.get();
    // What was interrupted is not the slice's fault.
    if (!watch_->should_stop())
        fail(static_cast<uint32_t>(&slice - slices_.data()), status.error());
    return nullptr;
}

void SliceSet::fail(uint32_t index, const base::Error& error) {
    slices_[index].is_broken = true;
    problems_.push_back(error.message);
}

void SliceSet::close_one() {
    Slice* oldest = nullptr;
    for (Slice& slice : slices_)
        if (slice.reader != nullptr && (oldest == nullptr || slice.used < oldest->used))
            oldest = &slice;
    if (oldest == nullptr) return;
    oldest->reader.reset();
    open_now_--;
}

}  // namespace baleen::store
