// The section that a record has of a TCP flow.
#pragma once

#include "dataplane/flow/flow.h"
#include "dataplane/flow/tcp_flow.h"

namespace baleen::flow {

// `initiator`: the side that is.
record::Tcp tcp_section(const Flow& flow, const TcpFlow& tcp, uint32_t initiator);

}  // namespace baleen::flow
