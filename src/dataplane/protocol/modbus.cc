// Modbus over TCP ("Modbus Messaging on TCP/IP" V1.0b, "Application Protocol" V1.1b3): which
// registers of which unit are read and written, and what is refused.
//
// Its head has few signs: on its own port they are enough, elsewhere a request has to be well
// formed and be answered before the flow counts as Modbus.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t modbus_port = 502;
constexpr size_t head_bytes = 6, message_bytes_min = head_bytes + 2;
constexpr uint32_t length_min = 2, length_max = 254;  // unit, function and at most 252 more
constexpr size_t detail_bytes = head_bytes + 7;       // up to the quantity, or a write's length
constexpr uint8_t exception_bit = 0x80;
constexpr uint32_t pending_max = 8, events_max = 64;

constexpr NumberName functions[] = {
    {1, "RdCoils"},          {2, "RdDiscreteInputs"}, {3, "RdHoldRegs"},   {4, "RdInputRegs"},
    {5, "WrSingleCoil"},     {6, "WrSingleReg"},      {7, "RdExcStatus"},  {8, "Diagnostic"},
    {11, "GetCommEventCtr"}, {12, "GetCommEventLog"}, {15, "WrMultCoils"}, {16, "WrMultRegs"},
    {17, "ReportServerID"},  {20, "RdFileRec"},       {21, "WrFileRec"},   {22, "MaskWrReg"},
    {23, "RdWrMultRegs"},    {24, "RdFIFOQueue"},     {43, "MEI"},
};
constexpr NumberName exceptions[] = {
    {1, "IllegalFunction"},
    {2, "IllegalDataAddress"},
    {3, "IllegalDataValue"},
    {4, "ServerDeviceFail"},
    {5, "Ack"},
    {6, "ServerDeviceBusy"},
    {8, "MemParityErr"},
    {10, "GatewayPathUnavailable"},
    {11, "GatewayTargetFailToResp"},
};

struct Message {
    explicit Message(Bytes bytes) {
        Cursor cursor(bytes);
        transaction = cursor.be16();
        protocol = cursor.be16();
        length = cursor.be16();
        unit = cursor.u8();
        function = cursor.u8();
        exception = bytes.size() > message_bytes_min ? bytes[message_bytes_min] : uint8_t{0};
        address = cursor.be16();
        quantity = cursor.be16();
        byte_count = cursor.u8();
    }
    bool is_one() const { return protocol == 0 && length >= length_min && length <= length_max; }
    bool is_exception() const { return (function & exception_bit) != 0 && length >= 3; }
    // A function of the standard's range, or why one was refused, and no more.
    bool is_plausible() const { return function < exception_bit ? function != 0 : length == 3; }
    size_t total() const { return head_bytes + length; }
    bool reads() const { return function >= 1 && function <= 4; }
    bool writes() const {
        return function == 5 || function == 6 || function == 15 || function == 16 || function == 22;
    }
    bool has_address() const { return (reads() || writes()) && length >= 6; }

    // Of requests with an address: their lengths and quantities (sections 6.1 to 6.12).
    bool is_well_formed_request() const {
        if (reads()) {
            const uint32_t quantity_max = function <= 2 ? 2000 : 125;
            return length == 6 && quantity >= 1 && quantity <= quantity_max;
        }
        switch (function) {
            case 5: return length == 6 && (quantity == 0 || quantity == 0xff00);
            case 6: return length == 6;
            case 15: return length == 7u + byte_count && byte_count == (quantity + 7) / 8;
            case 16: return length == 7u + byte_count && byte_count == 2 * quantity;
            default: return false;
        }
    }

    uint16_t transaction;
    uint16_t protocol;
    uint32_t length;  // of what follows it
    uint8_t unit;
    uint8_t function;
    uint8_t exception;  // why, if it is one
    uint16_t address;
    uint16_t quantity;  // of a write of one: its value
    uint8_t byte_count;
};

struct Request {
    uint16_t transaction;
    uint8_t unit;
    uint8_t function;
    uint16_t address;
    uint16_t quantity;
    bool is_used;
    bool has_address;
};

struct State {
    std::array<Request, pending_max> pending;
    uint32_t next;
    bool is_begun;
    bool is_certain;
    uint8_t client;  // direction
    EventBudget budget;
};

bool has_port(const Turn& turn) {
    return turn.src_port == modbus_port || turn.dst_port == modbus_port;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes.size() < message_bytes_min)
        return bytes.size() > 2 && bytes[2] != 0 ? Recognition::no : Recognition::maybe;
    const Message message(bytes);
    if (!message.is_one()) return Recognition::no;
    if (has_port(turn)) return message.is_plausible() ? Recognition::yes : Recognition::no;
    if (!message.reads() && !message.writes()) return Recognition::no;
    if (bytes.size() < std::min(message.total(), detail_bytes)) return Recognition::maybe;
    return message.is_well_formed_request() && bytes.size() <= message.total() ? Recognition::yes
                                                                               : Recognition::no;
}

void tell_request(FieldWriter& event, const Request& request) {
    event.number(Field::modbus_transaction_id, request.transaction)
        .number(Field::modbus_unit_id, request.unit)
        .number(Field::modbus_function_raw, request.function);
    const std::string_view name = name_of(functions, request.function);
    if (!name.empty()) event.text(Field::modbus_function_code, name);
    if (!request.has_address) return;
    if (request.function <= 4) {
        event.number(Field::modbus_read_address, request.address)
            .number(Field::modbus_read_quantity, request.quantity);
        return;
    }
    event.number(Field::modbus_write_address, request.address);
    const bool is_single = request.function == 5 || request.function == 6;
    if (is_single) event.number(Field::modbus_write_data, request.quantity);
    else if (request.function != 22) event.number(Field::modbus_write_quantity, request.quantity);
}

void tell_unanswered(Session& session, Request& request) {
    auto& state = session.state<State>();
    request.is_used = false;
    if (!state.is_certain || !state.budget.admit(request.function, events_max)) return;
    tell_request(session.event(), request);
    session.tell();
}

void take_request(Session& session, const Message& message) {
    auto& state = session.state<State>();
    Request& place = state.pending[state.next++ % pending_max];
    if (place.is_used) tell_unanswered(session, place);
    place = {.transaction = message.transaction,
             .unit = message.unit,
             .function = message.function,
             .address = message.address,
             .quantity = message.quantity,
             .is_used = true,
             .has_address = message.has_address()};
}

Request* find_request(State& state, const Message& response) {
    for (Request& request : state.pending)
        if (request.is_used && request.transaction == response.transaction &&
            request.function == (response.function & ~exception_bit))
            return &request;
    return nullptr;
}

void take_response(Session& session, const Message& message) {
    auto& state = session.state<State>();
    Request* request = find_request(state, message);
    if (request == nullptr && !state.is_certain) return;
    state.is_certain = true;
    if (request != nullptr) request->is_used = false;
    if (!state.budget.admit(message.function, events_max)) return;
    FieldWriter& event = session.event();
    if (request != nullptr) tell_request(event, *request);
    event.number(Field::modbus_response_unit_id, message.unit)
        .number(Field::modbus_response_function_raw, message.function & ~exception_bit & 0xff);
    if (message.is_exception()) {
        event.number(Field::modbus_exception_raw, message.exception);
        const std::string_view name = name_of(exceptions, message.exception);
        if (!name.empty()) event.text(Field::modbus_exception_code, name);
    }
    session.tell();
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const Turn& turn = session.turn();
    if (bytes.size() < message_bytes_min) return Progress::need(message_bytes_min);
    const Message head(bytes);
    if (!head.is_one()) return state.is_certain ? Progress::refuse() : Progress::withdraw();
    const size_t wanted = std::min(head.total(), detail_bytes);
    if (bytes.size() < wanted) return Progress::need(wanted);
    if (!state.is_begun) {
        const bool is_server = turn.src_port == modbus_port && turn.dst_port != modbus_port;
        state.client = static_cast<uint8_t>(is_server ? 1 - turn.direction : turn.direction);
        state.is_begun = true;
        state.is_certain = has_port(turn);
    }
    if (state.is_certain) session.claim();
    const Message message(bytes.first(wanted));
    if (turn.direction == state.client) take_request(session, message);
    else take_response(session, message);
    return Progress::skip(message.total());
}

void end(Session& session) {
    auto& state = session.state<State>();
    for (uint32_t i = 0; i < pending_max; i++) {
        Request& request = state.pending[(state.next + i) % pending_max];
        if (request.is_used) tell_unanswered(session, request);
    }
}

}  // namespace

const Parser modbus_parser = {
    .app_proto = AppProto::modbus,
    .transport = Transport::tcp,
    .recognise = recognise,
    .parse = parse,
    .end = end,
    .is_tentative = true,
};

}  // namespace baleen::protocol
