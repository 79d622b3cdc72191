// Application protocols and what is told of them: names, and how fields lie in events and records.
//
// Owns: the registries (app_protos.def, app_fields.def) as enumerators and tables, and how fields
// lie: one after the other without gaps, each a FieldHead in host byte order and then its bytes.
// A field may come several times (arrays). docs/formats.md has the table.
// Must hold: readers skip numbers that they do not know; a new field changes no version.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace baleen::application {

enum class AppProto : uint16_t {
    unknown = 0,
#define BALEEN_APP_PROTO(number, id, name, event, description) id = (number),
#include "baleen/app_protos.def"
#undef BALEEN_APP_PROTO
};

struct AppProtoInfo {
    AppProto id;
    std::string_view name;
    std::string_view event;
    std::string_view description;
};
inline constexpr AppProtoInfo app_protos[] = {
#define BALEEN_APP_PROTO(number, id, name, event, description) \
    {AppProto::id, name, event, description},
#include "baleen/app_protos.def"
#undef BALEEN_APP_PROTO
};

// nullptr: a newer version's, or nonsense.
constexpr const AppProtoInfo* find_app_proto(AppProto id) {
    for (const AppProtoInfo& info : app_protos)
        if (info.id == id) return &info;
    return nullptr;
}

// What a value's bytes mean. Integers are 1, 2, 4 or 8 bytes in host byte order, unsigned.
enum class Kind : uint8_t {
    text,     // bytes of the packet, as they were; shown as UTF-8 where they are
    number,   // an integer
    flag,     // an integer, 0 or 1
    time,     // an integer, seconds since 1970-01-01 UTC; of 8 bytes, it may be negative
    address,  // 4 or 16 bytes in network order
    hex,      // bytes, shown as lower-case hexadecimal
    object,   // none: opens one more element of an array
    raw,      // bytes that others are made from; never shown
};

enum class Place : uint8_t { event, flow };

enum class Field : uint16_t {
    none = 0,
#define BALEEN_APP_FIELD(number, id, path, kind, place) id = (number),
#include "baleen/app_fields.def"
#undef BALEEN_APP_FIELD
};

struct FieldInfo {
    Field id;
    std::string_view path;
    Kind kind;
    Place place;
};
inline constexpr FieldInfo fields[] = {
#define BALEEN_APP_FIELD(number, id, path, kind, place) {Field::id, path, Kind::kind, Place::place},
#include "baleen/app_fields.def"
#undef BALEEN_APP_FIELD
};

inline constexpr uint32_t field_numbers_end = 1300;

namespace detail {
constexpr std::array<uint16_t, field_numbers_end> index_fields() {
    std::array<uint16_t, field_numbers_end> places{};
    uint16_t place = 0;
    for (const FieldInfo& info : fields) places.at(static_cast<uint16_t>(info.id)) = ++place;
    return places;
}
inline constexpr std::array<uint16_t, field_numbers_end> field_places = index_fields();
}  // namespace detail

// nullptr: a newer version's, or nonsense.
constexpr const FieldInfo* find_field(uint16_t number) {
    if (number >= field_numbers_end) return nullptr;
    const uint16_t place = detail::field_places[number];
    return place == 0 ? nullptr : &fields[place - 1];
}

struct FieldHead {
    uint16_t number;  // Field
    uint16_t bytes;
};
static_assert(sizeof(FieldHead) == 4);

// Of a record's or an event's fields, one after the other.
class FieldReader {
public:
    explicit FieldReader(std::span<const uint8_t> bytes) : rest_(bytes) {}

    // False: there is none left, or what is left is cut short (is_cut()).
    bool next() {
        if (rest_.size() < sizeof(FieldHead)) return false;
        std::memcpy(&head_, rest_.data(), sizeof head_);
        if (rest_.size() - sizeof head_ < head_.bytes) return false;
        value_ = rest_.subspan(sizeof head_, head_.bytes);
        rest_ = rest_.subspan(sizeof head_ + head_.bytes);
        return true;
    }
    bool is_cut() const { return !rest_.empty(); }

    uint16_t number() const { return head_.number; }
    bool is(Field field) const { return head_.number == static_cast<uint16_t>(field); }
    std::span<const uint8_t> value() const { return value_; }
    // With its head.
    std::span<const uint8_t> whole() const {
        return {value_.data() - sizeof head_, value_.size() + sizeof head_};
    }
    std::string_view text() const {
        return {reinterpret_cast<const char*>(value_.data()), value_.size()};
    }
    uint64_t integer() const {
        uint64_t value = 0;
        std::memcpy(&value, value_.data(), value_.size() < 8 ? value_.size() : 8);
        return value;
    }

private:
    std::span<const uint8_t> rest_;
    std::span<const uint8_t> value_;
    FieldHead head_{};
};

}  // namespace baleen::application
