// What parsers work with that is made once for a worker: it holds nothing of a flow from one call
// to the next.
#pragma once

#include <memory>

#include "base/result.h"
#include "dataplane/protocol/quic_initial.h"
#include "dataplane/protocol/quic_stream.h"

namespace baleen::protocol {

struct WorkerScratch {
    quic::InitialOpener opener;
    quic::StreamLayout layout;

    static base::Result<std::unique_ptr<WorkerScratch>> create();
};

}  // namespace baleen::protocol
