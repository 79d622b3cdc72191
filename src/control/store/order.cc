#include "control/store/order.h"

#include <tuple>

#include "control/store/base64url.h"

namespace baleen::store {
namespace {

using filter::Kind;

constexpr char place_version = 1;
constexpr size_t number_bytes = sizeof(uint64_t);
// Version, fingerprint, run, worker, sequence, key, check.
constexpr size_t head_bytes = 1 + 4 * number_bytes;
constexpr size_t place_bytes_min = head_bytes + number_bytes;

void append_be(std::string& out, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

uint64_t read_be(std::string_view bytes, size_t at) {
    uint64_t value = 0;
    for (size_t i = 0; i < number_bytes; i++)
        value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
    return value;
}

// Bytes that compare like the value.
void append_bytes(std::string& out, const filter::Value& value) {
    switch (value.type) {
        case filter::Value::Type::number: return append_be(out, value.number);
        case filter::Value::Type::address:
            out.append(value.address.begin(), value.address.end());
            return;
        case filter::Value::Type::text: (out += value.text) += '\0'; return;
    }
}

}  // namespace

Order::Order(const Query& query)
    : field_(query.sort), is_descending_(query.descending), fingerprint_(fingerprint_of(query)) {
    const bool of_flows = query.kind == Kind::flow;
    const filter::Field* time =
        of_flows ? filter::find_field("flow.start") : filter::find_field("event.time", Kind::event);
    if (field_ == nullptr) field_ = time;
    is_by_time_ = field_->name == time->name;
}

bool Order::before(const Place& a, const Place& b) const {
    if (const int order = a.key.compare(b.key); order != 0)
        return is_descending_ ? order > 0 : order < 0;
    return std::tie(a.run, a.worker, a.sequence) < std::tie(b.run, b.worker, b.sequence);
}

// Value (of several, the smallest), then what tells records apart. Records without the field come
// first.
std::string Order::key_of(const filter::Subject& subject) const {
    filter::Values values;
    field_->read(subject, values);
    std::string key(1, values.empty() ? '\0' : '\1');
    std::string smallest;
    for (const filter::Value& value : values) {
        std::string bytes;
        append_bytes(bytes, value);
        if (&value == values.begin() || bytes < smallest) smallest = std::move(bytes);
    }
    key += smallest;
    append_be(key, subject.record.flow_id);
    append_be(key, subject.record.part);
    if (subject.match != nullptr) {
        append_be(key, subject.match->event.id);
        append_be(key, subject.match->event.offset);
    } else if (subject.app != nullptr) {
        append_be(key, subject.app->event.number);
    }
    return key;
}

int64_t Order::time_of(const Place& place) const {
    return static_cast<int64_t>(read_be(place.key, 1));
}

std::string Order::text_of(const Place& place) const {
    std::string bytes(1, place_version);
    append_be(bytes, fingerprint_);
    for (const int64_t number : {place.run, place.worker, place.sequence})
        append_be(bytes, static_cast<uint64_t>(number));
    bytes += place.key;
    append_be(bytes, fnv1a(bytes));
    return to_base64url(bytes);
}

base::Result<Place> Order::parse(std::string_view text) const {
    const auto bytes = from_base64url(text);
    if (!bytes || bytes->size() < place_bytes_min || bytes->front() != place_version)
        return base::Error{"this is no position of an answer"};
    const std::string_view checked =
        std::string_view(*bytes).substr(0, bytes->size() - number_bytes);
    if (read_be(*bytes, checked.size()) != fnv1a(checked))
        return base::Error{"this position is damaged"};
    if (read_be(*bytes, 1) != fingerprint_)
        return base::Error{
            "this position is of another query: filter, order and bounds have to be the same"};
    Place place;
    place.run = static_cast<int64_t>(read_be(*bytes, 1 + number_bytes));
    place.worker = static_cast<int64_t>(read_be(*bytes, 1 + 2 * number_bytes));
    place.sequence = static_cast<int64_t>(read_be(*bytes, 1 + 3 * number_bytes));
    place.key = checked.substr(head_bytes);
    // Whoever knows how to make one gets no further than this.
    if (is_by_time_ && place.key.size() < 1 + number_bytes)
        return base::Error{"this position is damaged"};
    return place;
}

}  // namespace baleen::store
