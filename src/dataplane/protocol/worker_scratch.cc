#include "dataplane/protocol/worker_scratch.h"

#include <utility>

namespace baleen::protocol {

base::Result<std::unique_ptr<WorkerScratch>> WorkerScratch::create() {
    auto opener = quic::InitialOpener::create();
    if (!opener) return opener.error();
    return std::make_unique<WorkerScratch>(WorkerScratch{std::move(*opener), {}});
}

}  // namespace baleen::protocol
