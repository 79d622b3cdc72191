// NTLMSSP (MS-NLMP): who logs in, in whatever carries it.
#pragma once

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/field_writer.h"

namespace baleen::protocol {

struct NtlmFields {
    Field domain;
    Field user;
    Field host;
};

// Of an AUTHENTICATE message within the first bytes of `blob`; nothing where there is none.
void tell_ntlm_login(FieldWriter& event, Bytes blob, const NtlmFields& fields);

}  // namespace baleen::protocol
