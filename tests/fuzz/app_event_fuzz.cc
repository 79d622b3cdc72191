// Any bytes as events of application protocols, one behind the other, and as sections of flow
// records: what is taken writes as valid JSON on one line, answers every field, and is still taken
// when it has been completed.
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "base/assert.h"
#include "filter/filter.h"
#include "record/app_event.h"
#include "record/app_fields.h"
#include "record/app_line.h"
#include "record/eve_json.h"
#include "record/event_row.h"
#include "record/validate.h"

using namespace baleen;

namespace {

void check_line(const std::string& line) {
    BALEEN_ASSERT(line.find_first_of("\n\r\x1b") == std::string::npos);
}

void ask_every_field(const filter::Subject& subject, filter::Kind kind) {
    for (const filter::Field* field : filter::fields(kind)) {
        filter::Values values;
        field->read(subject, values);
        for (const filter::Value& value : values)
            BALEEN_ASSERT(value.text.size() <= 2 * record::app_field_bytes_max);
    }
}

void check(record::AppMessage& message, std::string_view port_name) {
    record::complete(message);
    record::AppMessage again;
    BALEEN_ASSERT(record::read_app_event(message.bytes(), again) == nullptr);
    std::string eve, json, row, csv, line;
    record::append_eve_app(eve, message, port_name);
    record::append_event_json(json, message, port_name);
    record::append_event_row(row, message);
    record::append_event_csv(csv, message, port_name);
    record::append_app_line(line, message.event.app_proto, message.fields());
    BALEEN_ASSERT(nlohmann::json::accept(eve) && nlohmann::json::accept(json));
    BALEEN_ASSERT(line.size() <= record::app_line_bytes_max);
    for (const std::string* each : {&eve, &json, &row, &csv, &line}) check_line(*each);
    const record::FlowRecord flow = record::flow_of(message.event);
    ask_every_field({flow, port_name, nullptr, &message}, filter::Kind::app);
}

// The same fields, told by a flow.
void check_flow(std::span<const uint8_t> fields) {
    record::FlowRecord flow{};
    flow.ip_version = 6;
    flow.protocol = 6;
    flow.end_reason = record::EndReason::idle_timeout;
    flow.initiator.packets = 1;
    flow.flags = record::has_application;
    flow.application.app_proto = application::AppProto::tls;
    flow.application.field_bytes =
        static_cast<uint16_t>(std::min<size_t>(fields.size(), record::application_bytes_max));
    std::memcpy(flow.application.fields.data(), fields.data(), flow.application.field_bytes);
    if (record::find_problem(flow) != nullptr) return;
    record::complete(flow.application);
    BALEEN_ASSERT(record::find_problem(flow) == nullptr);
    std::string eve, csv, row;
    record::append_eve_json(eve, flow, "eth0");
    record::append_csv(csv, flow);
    record::append_table_row(row, flow);
    BALEEN_ASSERT(nlohmann::json::accept(eve));
    for (const std::string* each : {&eve, &csv, &row}) check_line(*each);
    ask_every_field({flow, "eth0"}, filter::Kind::flow);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // Each event behind two bytes of length.
    while (size >= 2) {
        const size_t length = std::min<size_t>(data[0] | data[1] << 8, size - 2);
        const std::span<const uint8_t> bytes{data + 2, length};
        record::AppMessage message;
        if (record::read_app_event(bytes, message) == nullptr)
            check(message, {reinterpret_cast<const char*>(data), 2});
        if (length >= sizeof(record::AppEvent)) check_flow(bytes.subspan(sizeof(record::AppEvent)));
        data += 2 + length;
        size -= 2 + length;
    }
    return 0;
}
