#include "dataplane/protocol/mail_head.h"

#include "dataplane/protocol/noted_fields.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr size_t value_bytes_max = 400;
constexpr uint32_t addresses_max = 16;

using Value = std::array<uint8_t, value_bytes_max>;

bool is_space(uint8_t letter) { return letter == ' ' || letter == '\t'; }

// Without the ends of its lines (section 2.2.3).
Bytes unfold(Bytes text, Value& value) {
    size_t length = 0;
    for (const uint8_t letter : text)
        if (letter != '\r' && letter != '\n' && length < value.size()) value[length++] = letter;
    return trim(Bytes(value).first(length));
}

// Addresses stand between commas, except for those in quotes.
size_t address_bytes(Bytes list) {
    bool is_quoted = false;
    for (size_t i = 0; i < list.size(); i++) {
        if (list[i] == '"') is_quoted = !is_quoted;
        if (list[i] == ',' && !is_quoted) return i;
    }
    return list.size();
}

void note_addresses(const ParserMemory& memory, stream::Kept& notes, Bytes list) {
    for (uint32_t i = 0; i < addresses_max && !list.empty(); i++) {
        const size_t length = address_bytes(list);
        const Bytes address = trim(list.first(length));
        if (!address.empty()) note_field(memory, notes, Field::email_to, address);
        list = list.subspan(std::min(length + 1, list.size()));
    }
}

}  // namespace

size_t mail_field_bytes(Bytes bytes, bool is_all, bool& is_begun) {
    for (size_t used = 0;;) {
        const Bytes rest = bytes.subspan(used);
        const bool goes_on = !rest.empty() && is_space(rest[0]);
        if (used > 0 && !rest.empty() && !goes_on) return used;
        if (rest.empty()) return is_all ? used : 0;
        const Line line = read_line(rest);
        if (line.bytes == 0) return is_all ? bytes.size() : 0;
        if (used > 0 && used + line.bytes > mail_field_bytes_max) return used;
        used += line.bytes;
        is_begun = line.is_begun;
        if (line.is_begun) return used;
    }
}

void note_mail_field(MailHead& head, const ParserMemory& memory, stream::Kept& notes, Bytes field) {
    const auto note_once = [&](bool& has_it, std::string_view name, Field as) {
        if (has_it || !starts_with(field, name)) return;
        has_it = true;
        Value value;
        const Bytes text = unfold(field.subspan(name.size()), value);
        if (as == Field::email_to) note_addresses(memory, notes, text);
        else note_field(memory, notes, as, text);
    };
    note_once(head.has_from, "from:", Field::email_from);
    note_once(head.has_to, "to:", Field::email_to);
    note_once(head.has_subject, "subject:", Field::email_subject);
}

}  // namespace baleen::protocol
