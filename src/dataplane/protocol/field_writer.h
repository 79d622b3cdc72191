// Composes the fields of one event (baleen/application.h) in memory that lies ready.
//
// Must hold: what does not fit is left out whole, and told of (is_cut()); what follows may still
// fit.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "baleen/app_event.h"

namespace baleen::protocol {

using application::Field;

class FieldWriter {
public:
    void clear() {
        used_ = 0;
        is_cut_ = false;
    }

    FieldWriter& bytes(Field field, std::span<const uint8_t> value) {
        if (sizeof(application::FieldHead) + value.size() > buffer_.size() - used_) {
            is_cut_ = true;
            return *this;
        }
        const application::FieldHead head{static_cast<uint16_t>(field),
                                          static_cast<uint16_t>(value.size())};
        std::memcpy(buffer_.data() + used_, &head, sizeof head);
        used_ += sizeof head;
        if (!value.empty()) std::memcpy(buffer_.data() + used_, value.data(), value.size());
        used_ += static_cast<uint32_t>(value.size());
        return *this;
    }
    // Of a longer text its beginning.
    FieldWriter& text(Field field, std::span<const uint8_t> value) {
        return bytes(field, value.first(std::min<size_t>(value.size(), text_bytes_max)));
    }
    FieldWriter& text(Field field, std::string_view value) {
        return text(field, {reinterpret_cast<const uint8_t*>(value.data()), value.size()});
    }
    // In as few bytes as hold it.
    FieldWriter& number(Field field, uint64_t value) {
        const auto needed = static_cast<uint32_t>((std::bit_width(value) + 7) / 8);
        const size_t size = needed <= 1 ? 1 : std::bit_ceil(needed);
        return bytes(field, {reinterpret_cast<const uint8_t*>(&value), size});
    }
    FieldWriter& flag(Field field, bool value) { return number(field, value ? 1 : 0); }
    // One more element of an array; the fields that follow belong to it.
    FieldWriter& object(Field field) { return bytes(field, {}); }
    // Fields that were composed before, and kept.
    FieldWriter& append(std::span<const uint8_t> composed) {
        for (application::FieldReader field(composed); field.next();)
            bytes(static_cast<Field>(field.number()), field.value());
        return *this;
    }

    // Something was too long to come this far.
    void mark_cut() { is_cut_ = true; }

    std::span<const uint8_t> fields() const { return {buffer_.data(), used_}; }
    bool is_empty() const { return used_ == 0; }
    bool is_cut() const { return is_cut_; }

    // URLs are cut there by others too; DNS names have 1012 bytes at most when escaped.
    static constexpr size_t text_bytes_max = 2048;

private:
    std::array<uint8_t, record::app_field_bytes_max> buffer_;
    uint32_t used_ = 0;
    bool is_cut_ = false;
};

}  // namespace baleen::protocol
