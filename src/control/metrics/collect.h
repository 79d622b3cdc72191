// Values that their owners need not keep for the metrics: what the kernel knows, and ingest.
#pragma once

#include <optional>
#include <string>

#include "control/ingest.h"
#include "control/metrics/status.h"

namespace baleen::metrics {

// This process.
ProcessStatus process_status();

// The file system of a folder, or of the nearest folder above it that there is.
std::optional<DiskStatus> disk_status(std::string use, const std::string& folder);

// On ingest's own thread, once in a while: who asks for metrics is shown the last one.
IngestStatus ingest_status(const control::Ingest& ingest);

}  // namespace baleen::metrics
