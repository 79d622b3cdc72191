#include "dataplane/protocol/dns_svcb.h"

#include "dataplane/protocol/dns_name.h"

namespace baleen::protocol {
namespace {

// RFC 9460 section 14.3.2.
enum Key : uint16_t { alpn = 1, port = 3, ipv4hint = 4, ech = 5, ipv6hint = 6 };

void tell_addresses(FieldWriter& event, Field field, Bytes value, size_t size) {
    for (Cursor addresses(value); addresses.left() >= size;)
        event.bytes(field, addresses.take(size));
}

void tell_parameter(FieldWriter& event, uint16_t key, Bytes value) {
    Cursor cursor(value);
    switch (key) {
        case alpn:
            while (!cursor.at_end()) {
                const Bytes id = cursor.vector8();
                if (!id.empty()) event.text(Field::dns_answer_svcb_alpn, id);
            }
            break;
        case port:
            if (value.size() == 2) event.number(Field::dns_answer_svcb_port, cursor.be16());
            break;
        case ipv4hint: tell_addresses(event, Field::dns_answer_svcb_ipv4hint, value, 4); break;
        case ipv6hint: tell_addresses(event, Field::dns_answer_svcb_ipv6hint, value, 16); break;
        case ech: event.flag(Field::dns_answer_svcb_ech, true); break;
        default: break;
    }
}

}  // namespace

void tell_dns_svcb(Bytes message, size_t data_at, Bytes data, FieldWriter& event) {
    NameText target(NameCharset::ascii);
    const size_t end = data.size() < 3 ? 0 : read_name(message, data_at + 2, target);
    if (end == 0 || end > data_at + data.size()) return;
    event.number(Field::dns_answer_svcb_priority, base::load_be16(data.data()))
        .text(Field::dns_answer_svcb_target, target.view());
    Cursor parameters(data.subspan(end - data_at));
    while (parameters.left() >= 4 && !event.is_cut()) {
        const uint16_t key = parameters.be16();
        const Bytes value = parameters.vector16();
        if (parameters.ok()) tell_parameter(event, key, value);
    }
}

}  // namespace baleen::protocol
