#include "control/store/row.h"

#include <cstring>

#include "control/store/slice.h"
#include "record/validate.h"

namespace baleen::store {

bool Row::read(int64_t type, std::span<const uint8_t> bytes) {
    switch (static_cast<EventType>(type)) {
        case EventType::alert:
            kind = filter::Kind::alert;
            if (record::read_match(bytes, match) != nullptr) return false;
            record = record::flow_of(match.event);
            return true;
        case EventType::application:
            kind = filter::Kind::app;
            if (record::read_app_event(bytes, app) != nullptr) return false;
            record = record::flow_of(app.event);
            return true;
    }
    kind = filter::Kind::flow;
    return type == flow_type && record::read_record(bytes, record) == nullptr;
}

bool Row::read_fixed_part(std::span<const uint8_t> bytes) {
    return bytes.size() >= record::fixed_record_bytes &&
           read_fixed_part_alone(bytes.first<record::fixed_record_bytes>()) &&
           bytes.size() >= record::splt_offset(record.flags);
}

bool Row::read_fixed_part_alone(std::span<const uint8_t, record::fixed_record_bytes> bytes) {
    std::memcpy(&record, bytes.data(), bytes.size());
    return record::find_fixed_problem(record) == nullptr;
}

}  // namespace baleen::store
