// What is made of raw fields behind the ring: any list of fields, and any bytes as the value of one
// of them. The first byte says which.
#include <cstdlib>
#include <string>
#include <vector>

#include "baleen/application.h"
#include "record/app_complete.h"
#include "record/app_json.h"

namespace {

using namespace baleen;
using application::Field;
using application::FieldHead;
using application::FieldReader;

constexpr Field raw_fields[] = {Field::tls_certificate, Field::tls_client_hello,
                                Field::tls_server_hello, Field::quic_client_hello,
                                Field::quic_server_hello};

void complete(std::span<const uint8_t> fields) {
    const std::vector<uint8_t> completed = record::complete_fields(fields);
    FieldReader reader(completed);
    while (reader.next())
        for (const Field raw : raw_fields)
            if (reader.is(raw)) std::abort();
    if (reader.is_cut()) std::abort();
    std::string json;
    record::append_app_json(json, completed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0 || size > UINT16_MAX) return 0;
    const std::vector<uint8_t> value(data + 1, data + size);
    if (data[0] >= std::size(raw_fields)) {
        complete(value);
        return 0;
    }
    const FieldHead head{static_cast<uint16_t>(raw_fields[data[0]]),
                         static_cast<uint16_t>(value.size())};
    const auto* at = reinterpret_cast<const uint8_t*>(&head);
    std::vector<uint8_t> fields(at, at + sizeof head);
    fields.insert(fields.end(), value.begin(), value.end());
    complete(fields);
    return 0;
}
