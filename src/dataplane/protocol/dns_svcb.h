// Where a service is and how it is spoken to: SVCB and HTTPS records (RFC 9460).
#pragma once

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/field_writer.h"

namespace baleen::protocol {

// `data`: of the record, which begins at `data_at` of the message.
void tell_dns_svcb(Bytes message, size_t data_at, Bytes data, FieldWriter& event);

}  // namespace baleen::protocol
