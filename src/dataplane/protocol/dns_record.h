// Resource records of DNS (RFC 1035 section 4.1.3): where they lie in a message, and what is told
// of them.
#pragma once

#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/field_writer.h"

namespace baleen::protocol {

struct DnsRecord {
    size_t name_at = 0;
    uint16_t type = 0;
    uint16_t record_class = 0;
    uint32_t ttl_s = 0;
    size_t data_at = 0;
    size_t data_bytes = 0;
};

// What is at `at` of a message, and where the next one begins. False: no whole record is there.
bool read_dns_record(Bytes message, size_t& at, DnsRecord& record);

enum class DnsSection : uint8_t { answers, authorities, additionals };

// Up to `count` records of a section from `at` on, and where the next section begins. `last`: of
// the same message. False: not all of them are there, or not all were told for want of room.
bool tell_dns_section(Bytes message, size_t& at, uint32_t count, DnsSection section, LastName& last,
                      FieldWriter& event);

}  // namespace baleen::protocol
