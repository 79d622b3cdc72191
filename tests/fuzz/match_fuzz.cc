// Any bytes as match events, one behind the other: what is taken has lengths that hold, writes as
// valid JSON on one line, answers every field, and is limited in bounded memory.
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "base/assert.h"
#include "control/rate_limit.h"
#include "filter/filter.h"
#include "record/alert.h"

using namespace baleen;

namespace {

void check(record::Match& match) {
    BALEEN_ASSERT(match.name().size() + match.classtype().size() + match.excerpt().size() <=
                  match.texts.size());
    std::string eve, json, row, csv;
    record::append_eve_alert(eve, match, "eth0");
    record::append_alert_json(json, match, match.name());
    record::append_alert_row(row, match);
    record::append_alert_csv(csv, match, match.name());
    BALEEN_ASSERT(nlohmann::json::accept(eve) && nlohmann::json::accept(json));
    for (const std::string* line : {&eve, &json, &row, &csv})
        BALEEN_ASSERT(line->find_first_of("\n\r\x1b") == std::string::npos);
    const record::FlowRecord flow = record::flow_of(match.event);
    for (const filter::Field* field : filter::fields(filter::Kind::alert)) {
        filter::Values values;
        field->read({flow, "eth0", &match}, values);
        BALEEN_ASSERT(values.size() <= 6);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    control::RateLimiter limiter(4, 4);
    uint64_t kept = 0, taken = 0;
    // Each event behind two bytes of length.
    while (size >= 2) {
        const size_t length = std::min<size_t>(data[0] | data[1] << 8, size - 2);
        record::Match match;
        if (record::read_match({data + 2, length}, match) == nullptr) {
            check(match);
            taken++;
            kept += limiter.keeps(match.event) ? 1 : 0;
            BALEEN_ASSERT(limiter.size() <= 4);
            if (taken % 3 == 0) limiter.commit();
        }
        data += 2 + length;
        size -= 2 + length;
    }
    uint64_t suppressed = limiter.suppressed_uncounted();
    for (const auto& [rule, count] : limiter.suppressed()) suppressed += count;
    BALEEN_ASSERT(kept + suppressed == taken);
    limiter.roll_back();
    return 0;
}
