#include "control/store/rollup.h"

namespace baleen::store {
namespace {

constexpr size_t address_bytes = 16;

void append_be16(std::string& out, uint16_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value);
}

}  // namespace

std::string host_key(const uint8_t* address) {
    return {reinterpret_cast<const char*>(address), address_bytes};
}

std::string port_key(const record::FlowRecord& record) {
    std::string out;
    if ((record.flags & record::ports_absent) != 0 || record.responder_port == 0) return out;
    out += static_cast<char>(record.protocol);
    append_be16(out, record.responder_port);
    return out;
}

std::string protocol_key(const record::FlowRecord& record) {
    std::string out;
    out += static_cast<char>(record.ip_version);
    out += static_cast<char>(record.protocol);
    const bool is_known = (record.flags & record::has_application) != 0;
    append_be16(out, is_known ? static_cast<uint16_t>(record.application.app_proto) : 0);
    return out;
}

std::pair<std::string, bool> pair_key(const record::FlowRecord& record) {
    std::string initiator = host_key(record.initiator_address);
    std::string responder = host_key(record.responder_address);
    const bool is_reversed = responder < initiator;
    if (is_reversed) initiator.swap(responder);
    return {initiator + responder, is_reversed};
}

}  // namespace baleen::store
