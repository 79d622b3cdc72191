#include "control/store/key_text.h"

#include <fmt/format.h>

#include "base/units.h"
#include "record/app_fields.h"
#include "record/checks.h"
#include "record/names.h"

namespace baleen::store {
namespace {

constexpr size_t address_bytes = 16;

std::string protocol_text(uint8_t protocol) {
    const auto name = record::protocol_name(protocol);
    return name.empty() ? fmt::format("{}", protocol) : std::string(name);
}

uint8_t byte_of(std::string_view key, size_t at) { return static_cast<uint8_t>(key[at]); }

uint16_t be16_of(std::string_view key, size_t at) {
    return static_cast<uint16_t>(byte_of(key, at) << 8 | byte_of(key, at + 1));
}

}  // namespace

std::string number_bytes(uint64_t number) {
    std::string out;
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
    return out;
}

uint64_t number_of(std::string_view bytes) {
    if (bytes.size() < sizeof(uint64_t)) return 0;
    uint64_t number = 0;
    for (const char c : bytes.substr(0, sizeof number))
        number = number << 8 | static_cast<uint8_t>(c);
    return number;
}

std::string address_text(std::string_view bytes) {
    if (bytes.size() != address_bytes) return {};
    const auto* address = reinterpret_cast<const uint8_t*>(bytes.data());
    return record::format_address(address, record::is_mapped(address) ? 4 : 6);
}

std::vector<std::string> dimension_texts(Dimension dimension, std::string_view key) {
    if (dimension == Dimension::host && key.size() == address_bytes) return {address_text(key)};
    if (dimension == Dimension::pair && key.size() == 2 * address_bytes)
        return {address_text(key.substr(0, address_bytes)),
                address_text(key.substr(address_bytes))};
    if (dimension == Dimension::port && key.size() == 3)
        return {protocol_text(byte_of(key, 0)), fmt::format("{}", be16_of(key, 1))};
    if (dimension == Dimension::protocol && key.size() == 4) {
        const auto app = static_cast<application::AppProto>(be16_of(key, 2));
        return {
            fmt::format("IPv{}", byte_of(key, 0)), protocol_text(byte_of(key, 1)),
            app == application::AppProto::unknown ? std::string() : record::app_proto_name(app)};
    }
    return {};
}

std::string value_text(const filter::Field& field, filter::Value::Type type,
                       std::string_view bytes) {
    if (type == filter::Value::Type::text) return std::string(bytes);
    if (type == filter::Value::Type::address) return address_text(bytes);
    const uint64_t number = number_of(bytes);
    switch (field.type) {
        case filter::FieldType::protocol: return protocol_text(static_cast<uint8_t>(number));
        case filter::FieldType::reason:
            return std::string(record::end_reason_name(static_cast<record::EndReason>(number)));
        case filter::FieldType::flag: return number != 0 ? "true" : "false";
        case filter::FieldType::presence: return std::string(field.name);
        case filter::FieldType::duration:
            return base::format_duration_ns(static_cast<int64_t>(number));
        default: return fmt::format("{}", number);
    }
}

}  // namespace baleen::store
