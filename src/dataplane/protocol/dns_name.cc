#include "dataplane/protocol/dns_name.h"

#include <algorithm>

namespace baleen::protocol {
namespace {

constexpr uint8_t pointer_bits = 0xc0;  // RFC 1035 section 4.1.4; 0x40 and 0x80 are reserved

constexpr bool is_plain(uint8_t byte) {
    return byte >= ' ' && byte <= '~' && byte != '.' && byte != '\\';
}

constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (size_t byte = 0; byte < plain.size(); byte++)
        plain.at(byte) = is_plain(static_cast<uint8_t>(byte));
    return plain;
}();

// Those of a word's bytes that have to be escaped, or may have to, by their highest bit. What a
// lower byte lends or carries makes a higher one doubtful only if the lower one is so itself.
constexpr uint64_t doubtful_bytes(uint64_t word) {
    constexpr uint64_t each = 0x0101010101010101;
    const auto less_one = [](uint64_t value) { return value - each; };
    return (word | (word - ' ' * each) | (word + each) | less_one(word ^ '.' * each) |
            less_one(word ^ '\\' * each)) &
           0x80 * each;
}

// One label or pointer after the other.
class LabelWalk {
public:
    LabelWalk(Bytes message, size_t at) : message_(message), at_(at), lowest_(at) {}

    enum class Step : uint8_t { label, root, pointer, wrong };

    Step next() {
        if (at_ >= message_.size()) return Step::wrong;
        const uint8_t length = message_[at_];
        if (length >= pointer_bits) return at_ + 2 <= message_.size() ? Step::pointer : Step::wrong;
        if (length >= pointer_bits / 3) return Step::wrong;
        name_bytes_ += size_t{length} + 1;
        if (name_bytes_ > name_bytes_max || at_ + 1 + length > message_.size()) return Step::wrong;
        label_ = message_.subspan(at_ + 1, length);
        at_ += size_t{length} + 1;
        return length == 0 ? Step::root : Step::label;
    }
    // Backwards only: names cannot turn in circles.
    bool jump() {
        const size_t target = base::load_be16(message_.data() + at_) & 0x3fffu;
        if (target >= lowest_ || ++jumps_ > name_jumps_max) return false;
        at_ = lowest_ = target;
        return true;
    }
    Bytes label() const { return label_; }
    size_t readable() const { return message_.size() - at_ + label_.size(); }
    size_t at() const { return at_; }

private:
    Bytes message_;
    Bytes label_;
    size_t at_;
    size_t lowest_;
    size_t name_bytes_ = 0;
    uint32_t jumps_ = 0;
};

}  // namespace

void NameText::append_escaped(uint8_t byte) {
    append('\\');
    if (byte == '.' || byte == '\\') return append(static_cast<char>(byte));
    append(static_cast<char>('0' + byte / 100));
    append(static_cast<char>('0' + byte / 10 % 10));
    append(static_cast<char>('0' + byte % 10));
}

// Eight bytes at a time, up to the first ones of which one has to be escaped. Answers how many.
size_t NameText::append_plain(Bytes label, size_t readable) {
    size_t done = 0;
    while (done < label.size() && readable - done >= sizeof(uint64_t)) {
        const size_t part = std::min(label.size() - done, sizeof(uint64_t));
        const auto word = base::load<uint64_t>(label.data() + done);
        if (doubtful_bytes(word) << (64 - 8 * part) != 0) break;
        std::memcpy(text_.data() + size_, &word, sizeof word);
        size_ += part;
        done += part;
    }
    return done;
}

void NameText::append_label(Bytes label, size_t readable) {
    if (size_ > 0) append('.');
    for (const uint8_t byte : label.subspan(append_plain(label, readable)))
        if (plain_bytes[byte] || (byte >= 0x80 && charset_ == NameCharset::utf8))
            append(static_cast<char>(byte));
        else append_escaped(byte);
}

void NameText::end() {
    if (size_ == 0) append('.');
}

size_t read_name(Bytes message, size_t at, NameText& text) {
    text.clear();
    LabelWalk walk(message, at);
    size_t end = 0;
    for (;;) switch (walk.next()) {
            case LabelWalk::Step::label: text.append_label(walk.label(), walk.readable()); break;
            case LabelWalk::Step::root: text.end(); return end != 0 ? end : walk.at();
            case LabelWalk::Step::pointer:
                if (end == 0) end = walk.at() + 2;
                if (!walk.jump()) return 0;
                break;
            case LabelWalk::Step::wrong: return 0;
        }
}

size_t skip_name(Bytes message, size_t at) {
    LabelWalk walk(message, at);
    for (;;) switch (walk.next()) {
            case LabelWalk::Step::label: break;
            case LabelWalk::Step::root: return walk.at();
            case LabelWalk::Step::pointer: return walk.at() + 2;
            case LabelWalk::Step::wrong: return 0;
        }
}

bool LastName::read(Bytes message, size_t name_at) {
    const bool is_pointer = name_at + 2 <= message.size() && message[name_at] >= pointer_bits;
    const size_t from = is_pointer ? base::load_be16(message.data() + name_at) & 0x3fffu : name_at;
    if (is_pointer && from == at && at != 0) return true;
    at = read_name(message, name_at, text) == 0 ? 0 : from;
    return at != 0;
}

bool read_partial_name(Bytes bytes, NameText& text) {
    text.clear();
    LabelWalk walk(bytes, 0);
    while (walk.at() < bytes.size()) {
        const LabelWalk::Step step = walk.next();
        if (step == LabelWalk::Step::root) break;
        if (step != LabelWalk::Step::label) return false;
        text.append_label(walk.label(), walk.readable());
    }
    text.end();
    return true;
}

}  // namespace baleen::protocol
