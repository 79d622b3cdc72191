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
        uint8_t* to = reserve(field, value.size());
        if (to == nullptr || value.empty()) return *this;
        if (__builtin_constant_p(value.size())) std::memcpy(to, value.data(), value.size());
        else copy(to, value.data(), value.size());
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
        // All of it: what is beyond its bytes is written over, or never read.
        if (uint8_t* to = reserve(field, size)) std::memcpy(to, &value, sizeof value);
        return *this;
    }
    FieldWriter& flag(Field field, bool value) { return number(field, value ? 1 : 0); }
    // One more element of an array; the fields that follow belong to it.
    FieldWriter& object(Field field) { return bytes(field, {}); }
    // Fields that were composed before, and kept.
    FieldWriter& append(std::span<const uint8_t> composed) {
        if (composed.size() <= bytes_max - used_) [[likely]] {
            if (!composed.empty())
                std::memcpy(buffer_.data() + used_, composed.data(), composed.size());
            used_ += static_cast<uint32_t>(composed.size());
            return *this;
        }
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
    static constexpr uint32_t bytes_max = record::app_field_bytes_max;

    // Room for the value behind the field's head; nullptr: there is none.
    uint8_t* reserve(Field field, size_t size) {
        if (sizeof(application::FieldHead) + size > bytes_max - used_) [[unlikely]] {
            is_cut_ = true;
            return nullptr;
        }
        const application::FieldHead head{static_cast<uint16_t>(field),
                                          static_cast<uint16_t>(size)};
        uint8_t* to = buffer_.data() + used_;
        std::memcpy(to, &head, sizeof head);
        used_ += static_cast<uint32_t>(sizeof head + size);
        return to + sizeof head;
    }
    // Most values are so short that a call of memcpy would cost more than they do: two words that
    // may overlap are all of them.
    template <class Word>
    static void copy_ends(uint8_t* to, const uint8_t* from, size_t size) {
        Word first, last;
        std::memcpy(&first, from, sizeof first);
        std::memcpy(&last, from + size - sizeof last, sizeof last);
        std::memcpy(to, &first, sizeof first);
        std::memcpy(to + size - sizeof last, &last, sizeof last);
    }
    // Not inline: it is called from everywhere, and the compiler would take fright at wide loads
    // from a caller's array of a few bytes.
    [[gnu::noinline]] static void copy(uint8_t* to, const uint8_t* from, size_t size) {
        if (size > 16) std::memcpy(to, from, size);
        else if (size >= 8) copy_ends<uint64_t>(to, from, size);
        else if (size >= 4) copy_ends<uint32_t>(to, from, size);
        else if (size >= 2) copy_ends<uint16_t>(to, from, size);
        else if (size == 1) *to = *from;
    }

    // With room for a number's eight bytes at its end.
    std::array<uint8_t, bytes_max + sizeof(uint64_t)> buffer_;
    uint32_t used_ = 0;
    bool is_cut_ = false;
};

}  // namespace baleen::protocol
