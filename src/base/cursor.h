// A reader of foreign bytes that cannot read beyond their end.
//
// Why no error at each step: a parser reads what its format says, and asks once at the end whether
// all of it was there (ok()). What is missing reads as zero and as empty.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/byte_reader.h"

namespace baleen::base {

using Bytes = std::span<const uint8_t>;

class Cursor {
public:
    explicit Cursor(Bytes bytes) : bytes_(bytes) {}

    // All that was read so far was there.
    bool ok() const { return !overrun_; }
    size_t position() const { return position_; }
    size_t left() const { return bytes_.size() - position_; }
    bool at_end() const { return left() == 0; }

    uint8_t u8() {
        const Bytes one = take(1);
        return one.empty() ? 0 : one[0];
    }
    uint16_t be16() {
        const Bytes two = take(2);
        return two.empty() ? 0 : load_be16(two.data());
    }
    uint32_t be24() {
        const Bytes three = take(3);
        return three.empty() ? 0 : uint32_t{three[0]} << 16 | uint32_t{three[1]} << 8 | three[2];
    }
    uint32_t be32() {
        const Bytes four = take(4);
        return four.empty() ? 0 : load_be32(four.data());
    }
    uint64_t be64() {
        const uint64_t high = be32();
        return high << 32 | be32();
    }
    uint16_t le16() {
        const Bytes two = take(2);
        return two.empty() ? uint16_t{0} : load<uint16_t>(two.data());
    }
    uint32_t le32() {
        const Bytes four = take(4);
        return four.empty() ? 0 : load<uint32_t>(four.data());
    }
    // All `count` bytes, or none and !ok().
    Bytes take(size_t count) {
        if (count > left()) {
            overrun_ = true;
            position_ = bytes_.size();
            return {};
        }
        const Bytes taken = bytes_.subspan(position_, count);
        position_ += count;
        return taken;
    }
    void skip(size_t count) { take(count); }
    // Vectors with their length in front, as TLS has them.
    Bytes vector8() { return take(u8()); }
    Bytes vector16() { return take(be16()); }
    Bytes rest() { return take(left()); }

private:
    Bytes bytes_;
    size_t position_ = 0;
    bool overrun_ = false;
};

}  // namespace baleen::base
