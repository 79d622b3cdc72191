// DNP3 (IEEE 1815) over TCP and UDP: who asks which outstation for what.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr std::string_view sign = "\x05\x64";
constexpr size_t head_bytes = 10, block_bytes = 16, crc_bytes = 2;
constexpr uint8_t length_min = 5;  // control and addresses
constexpr uint8_t from_master = 0x80, link_function = 0x0f, is_first = 0x40;
constexpr uint8_t response = 129, unsolicited_response = 130, authenticate_response = 131;
constexpr uint32_t events_max = 64;

constexpr NumberName functions[] = {
    {0, "confirm"},
    {1, "read"},
    {2, "write"},
    {3, "select"},
    {4, "operate"},
    {5, "direct_operate"},
    {6, "direct_operate_nr"},
    {7, "immediate_freeze"},
    {8, "immediate_freeze_nr"},
    {9, "freeze_clear"},
    {10, "freeze_clear_nr"},
    {11, "freeze_at_time"},
    {12, "freeze_at_time_nr"},
    {13, "cold_restart"},
    {14, "warm_restart"},
    {15, "initialize_data"},
    {16, "initialize_application"},
    {17, "start_application"},
    {18, "stop_application"},
    {19, "save_configuration"},
    {20, "enable_unsolicited"},
    {21, "disable_unsolicited"},
    {22, "assign_class"},
    {23, "delay_measurement"},
    {24, "record_current_time"},
    {25, "open_file"},
    {26, "close_file"},
    {27, "delete_file"},
    {28, "get_file_information"},
    {29, "authenticate_file"},
    {30, "abort_file"},
    {31, "activate_configuration"},
    {32, "authenticate_request"},
    {33, "authenticate_request_nr"},
    {response, "response"},
    {unsolicited_response, "unsolicited_response"},
    {authenticate_response, "authenticate_response"},
};

struct State {
    EventBudget budget;
};

// CRC-16/DNP: polynomial 0x3d65, reflected, inverted.
uint16_t crc(Bytes bytes) {
    uint32_t value = 0;
    for (const uint8_t byte : bytes) {
        value ^= byte;
        for (uint32_t bit = 0; bit < 8; bit++) value = value >> 1 ^ ((value & 1) != 0 ? 0xa6bc : 0);
    }
    return static_cast<uint16_t>(~value);
}

bool is_head(Bytes bytes) {
    return bytes[2] >= length_min &&
           crc(bytes.first(head_bytes - crc_bytes)) ==
               base::load<uint16_t>(bytes.data() + head_bytes - crc_bytes);
}

Recognition recognise(const Turn&, Bytes bytes) {
    const Recognition start = begins_with(bytes, sign);
    if (start != Recognition::yes || bytes.size() < head_bytes)
        return start == Recognition::no ? start : Recognition::maybe;
    return is_head(bytes) ? Recognition::yes : Recognition::no;
}

// A frame's data come in blocks, each with a checksum behind it.
size_t frame_bytes(uint8_t length) {
    const size_t data = length - length_min;
    return head_bytes + data + (data + block_bytes - 1) / block_bytes * crc_bytes;
}

void tell_frame(Session& session, Bytes frame) {
    Cursor cursor(frame);
    cursor.skip(2);
    const bool has_application = cursor.u8() >= length_min + 3;
    const uint8_t control = cursor.u8();
    const uint16_t destination = cursor.le16();
    const uint16_t source = cursor.le16();
    cursor.skip(crc_bytes);
    const uint8_t transport = cursor.u8();
    cursor.skip(1);
    const uint8_t function = cursor.u8();
    // The rest of a fragment has no head of its own.
    if (has_application && (transport & is_first) == 0) return;
    const auto link = static_cast<uint8_t>(control & link_function);
    const auto kind = has_application ? function : static_cast<uint8_t>(0xf0 | link);
    if (!session.state<State>().budget.admit(kind, events_max)) return;
    FieldWriter& event = session.event();
    event.text(Field::dnp3_type, !has_application                   ? "link"
                                 : function == unsolicited_response ? "unsolicited_response"
                                 : function >= response             ? "response"
                                                                    : "request");
    event.number(Field::dnp3_source, source)
        .number(Field::dnp3_destination, destination)
        .flag(Field::dnp3_from_master, (control & from_master) != 0)
        .number(Field::dnp3_link_function, link);
    if (has_application) {
        event.number(Field::dnp3_function_code, function);
        tell_named(event, Field::dnp3_function, functions, function);
        const uint16_t indications = cursor.be16();
        const bool has_indications = function == response || function == unsolicited_response;
        if (has_indications && cursor.ok()) event.number(Field::dnp3_indications, indications);
    }
    session.tell();
}

Progress parse(Session& session, Bytes bytes) {
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    if (begins_with(bytes, sign) != Recognition::yes || !is_head(bytes)) return Progress::refuse();
    const size_t total = frame_bytes(bytes[2]);
    if (bytes.size() < total) return Progress::need(total);
    tell_frame(session, bytes.first(total));
    return Progress::take(total);
}

}  // namespace

const Parser dnp3_parser = {
    .app_proto = AppProto::dnp3,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\5"),
    .parse = parse,
};

}  // namespace baleen::protocol
