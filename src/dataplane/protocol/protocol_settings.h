// What the configuration says of application protocols, for one worker.
#pragma once

#include <cstdint>

#include "dataplane/protocol/conversation.h"
#include "dataplane/stream/stream.h"

namespace baleen::protocol {

struct ProtocolSettings {
    ConversationSettings conversations;
    uint64_t reorder_bytes = 0;      // out-of-order data of TCP
    uint64_t facts_bytes = 0;        // what flows' records tell
    uint32_t events_per_second = 0;  // of the worker, on the source clock
};

}  // namespace baleen::protocol
