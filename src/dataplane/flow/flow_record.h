// From a flow in the table to the record that tells of it.
#pragma once

#include <cstdint>

#include "baleen/record.h"
#include "dataplane/flow/flow.h"
#include "dataplane/flow/tcp_flow.h"

namespace baleen::flow {

// Fills `out`, of its sections only those that the flow has.
void fill_record(const Flow& flow, const TcpFlow& tcp, const record::Encapsulation& encapsulation,
                 record::EndReason reason, record::FlowRecord& out);

// The same for the same first packet in every run. `salt` tells flows apart that begin at one
// instant.
uint64_t flow_id_of(const packet::FlowKey& key, int64_t first_clock_ns, uint64_t salt);

}  // namespace baleen::flow
