// Gives later fragments of a datagram the ports of its first one, as the flow stage does, for those
// who look at packets and need no flows.
#pragma once

#include <memory>

#include "dataplane/counters.h"
#include "dataplane/flow/fragment_table.h"
#include "packet/batch.h"

namespace baleen::dissect {

class FragmentLinker {
public:
    // As in the configuration.
    static constexpr uint64_t datagram_count = 4096;
    static constexpr int64_t timeout_ns = 30'000'000'000;

    FragmentLinker();

    // Behind the parser. Packets come in the order of capture.
    void link(packet::Batch& batch) { fragments_->link_batch(batch); }

private:
    std::unique_ptr<dataplane::Counters> counters_;
    std::unique_ptr<flow::FragmentTable> fragments_;
};

}  // namespace baleen::dissect
