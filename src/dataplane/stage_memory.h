// The memory of one worker's stages, all of it taken at start.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "dataplane/capture/capturer.h"
#include "dataplane/flow/flow_table.h"
#include "dataplane/match/matcher.h"
#include "dataplane/protocol/inspector.h"
#include "dataplane/worker_settings.h"

namespace baleen::dataplane {

struct StageMemory {
    flow::FlowTable table;
    std::optional<protocol::InspectorMemory> inspecting;  // where application protocols are wanted
    std::optional<match::MatchMemory> matching;           // where there are rules to match with
    // Where packets are written to disk; shared with the writer.
    std::shared_ptr<const capture::CaptureMemory> capturing;

    static base::Result<StageMemory> create(const WorkerSettings& settings, uint32_t worker = 0) {
        auto table = flow::FlowTable::create(settings.flow.flow_count_max,
                                             settings.flow.splt_packets, settings.flow.matches);
        if (!table) return table.error();
        StageMemory stages{std::move(*table), std::nullopt, std::nullopt, nullptr};
        if (settings.has_protocols) {
            auto memory =
                protocol::InspectorMemory::create(settings.protocol, stages.table.capacity());
            if (!memory) return memory.error();
            stages.inspecting = std::move(*memory);
        }
        if (settings.has_rules) {
            auto memory = match::MatchMemory::create(settings.match, stages.table.capacity());
            if (!memory) return memory.error();
            stages.matching = std::move(*memory);
        }
        if (settings.has_capture) {
            auto memory =
                capture::CaptureMemory::create(settings.capture, worker, stages.table.capacity());
            if (!memory) return memory.error();
            stages.capturing = std::make_shared<capture::CaptureMemory>(std::move(*memory));
        }
        return stages;
    }
};

}  // namespace baleen::dataplane
