// What is told of a request and of its answer, in the same words for HTTP/1.x, HTTP/2 and SSDP.
#pragma once

#include "dataplane/protocol/field_writer.h"
#include "dataplane/protocol/http_head.h"

namespace baleen::protocol::http {

// Whom it is for, in the request line or in Host (RFC 9112 section 3.3).
Bytes authority_of(const Head& request);

// hostname, http_port, url, http_user_agent, http_refer, http_method, protocol.
void tell_request(FieldWriter& event, const Head& request, Bytes authority);

// status, http_content_type, redirect.
void tell_answer(FieldWriter& event, const Head& answer);

}  // namespace baleen::protocol::http
