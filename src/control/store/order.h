// The order of an answer: where a record stands in it, and the name of that place outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/store/query.h"

namespace baleen::store {

// Where a record stands: the bytes of its key compare as the query wants it; then the frame it came
// in, which is one record's alone.
struct Place {
    std::string key;
    int64_t run = 0;
    int64_t worker = 0;
    int64_t sequence = 0;
    // Where it is found, which has no part in the order.
    int64_t row = 0;
    uint32_t slice = 0;
};

class Order {
public:
    // `query` stays as long as the order.
    explicit Order(const Query& query);

    bool before(const Place& a, const Place& b) const;
    std::string key_of(const filter::Subject& subject) const;
    const filter::Field& field() const { return *field_; }

    // By the column of times that slices have: flow.start, event.time.
    bool is_by_time() const { return is_by_time_; }
    bool is_descending() const { return is_descending_; }
    int64_t time_of(const Place& place) const;

    // Opaque text, and back; an error if it is damaged or another query's.
    std::string text_of(const Place& place) const;
    base::Result<Place> parse(std::string_view text) const;

private:
    const filter::Field* field_;
    bool is_by_time_;
    bool is_descending_;
    uint64_t fingerprint_;
};

// A number that tells apart queries with different answers; the limit does not count.
uint64_t fingerprint_of(const Query& query);

}  // namespace baleen::store
