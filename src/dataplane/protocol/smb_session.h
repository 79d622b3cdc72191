// What the parsers of SMB 1 and of SMB 2 and 3 share: a connection's state and its events.
#pragma once

#include "dataplane/protocol/ntlmssp.h"
#include "dataplane/protocol/pending_requests.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol::smb {

// Events of a connection; then it is not looked at any more.
inline constexpr uint32_t events_max = 256;

struct State {
    PendingRequests<8> pending;
    EventBudget budget;
    bool is_encrypted;
};

// An SMB 1 client may ask for SMB 2 and is answered in it (MS-SMB2 section 3.3.5.3.1), with another
// number: there is one negotiation at a time.
inline constexpr uint64_t negotiation_id = uint64_t{1} << 63;

inline constexpr NtlmFields ntlm_fields = {
    .domain = Field::smb_ntlmssp_domain,
    .user = Field::smb_ntlmssp_user,
    .host = Field::smb_ntlmssp_host,
};

void tell_status(FieldWriter& event, uint32_t status);

// As MS-CIFS section 2.2.4.64 and MS-SMB2 section 2.2.13 have it.
std::string_view disposition_name(uint32_t disposition);

// One message, or its beginning.
void take_smb1(Session& session, Bytes message);
bool is_detailed_smb1(uint8_t command);
// One message and those chained to it, or their beginning.
void take_smb2(Session& session, Bytes message);
bool is_detailed_smb2(uint16_t command);

}  // namespace baleen::protocol::smb
