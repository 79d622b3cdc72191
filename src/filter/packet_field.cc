// Fields about single packets, with Wireshark's names.
#include "filter/field.h"

namespace baleen::filter {
namespace {

template <auto member>
void get_number(const Subject& s, Values& v) {
    if (s.packet != nullptr) v.add(static_cast<uint64_t>(s.packet->*member));
}

constexpr Field fields_of_packets[] = {
    {"frame.number", FieldType::number, get_number<&PacketFacts::number>,
     "place in the capture, from 1", Kind::packet},
    {"frame.time", FieldType::time, get_number<&PacketFacts::time_ns>, "time stamp", Kind::packet},
    {"frame.len", FieldType::number, get_number<&PacketFacts::wire_bytes>, "bytes on the wire",
     Kind::packet},
    {"frame.cap_len", FieldType::number, get_number<&PacketFacts::captured_bytes>,
     "bytes that were captured", Kind::packet},
};

}  // namespace

std::span<const Field> packet_fields() { return fields_of_packets; }

}  // namespace baleen::filter
