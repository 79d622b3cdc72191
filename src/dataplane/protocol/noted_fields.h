// Fields that are told later, kept outside of a parser's state as an event has them.
#pragma once

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

// False: there is no memory for it, and nothing has changed.
inline bool note_fields(const ParserMemory& memory, stream::Kept& notes, Bytes fields) {
    return memory.kept.append(notes, fields);
}

inline bool note_field(const ParserMemory& memory, stream::Kept& notes, Field field, Bytes value) {
    std::array<uint8_t, sizeof(application::FieldHead) + 512> whole;
    value = value.first(std::min<size_t>(value.size(), 512));
    const application::FieldHead head{static_cast<uint16_t>(field),
                                      static_cast<uint16_t>(value.size())};
    std::memcpy(whole.data(), &head, sizeof head);
    if (!value.empty()) std::memcpy(whole.data() + sizeof head, value.data(), value.size());
    return note_fields(memory, notes, Bytes(whole).first(sizeof head + value.size()));
}

inline void write_noted(const ParserMemory& memory, const stream::Kept& notes, FieldWriter& event) {
    if (notes.bytes == 0) return;
    event.append(memory.kept.view(notes));
}

}  // namespace baleen::protocol
