// What the configuration says of which packets are kept, for one worker.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "baleen/application.h"

namespace baleen::capture {

// Numbers of application protocols lie below this one.
inline constexpr size_t app_proto_end = [] {
    size_t end = 1;
    for (const application::AppProtoInfo& info : application::app_protos)
        end = std::max(end, static_cast<size_t>(info.id) + 1);
    return end;
}();

enum class Select : uint8_t { all, rules, none };

struct CaptureSettings {
    Select select = Select::all;
    bool has_filter = false;
    uint32_t flow_packets = UINT32_MAX;  // the first ones of each flow
    uint64_t flow_bytes = UINT64_MAX;
    uint32_t snaplen = UINT32_MAX;
    bool has_slices = false;
    std::array<uint32_t, app_proto_end> slices{};  // bytes of each packet
    uint32_t cut_bytes = UINT32_MAX;               // while memory is short
    bool comments = true;
    bool may_wait = false;  // packets come from files: nothing is cut or left out
    uint64_t flush_interval_ns = 0;
    uint32_t chunks = 0;          // of memory, each a packets::chunk_bytes_max
    uint32_t history_chunks = 0;  // 0: no history
    uint32_t history_snaplen = UINT32_MAX;

    // What is written is all that a history would hold, and is its own history.
    bool is_complete() const {
        return select == Select::all && !has_filter && flow_packets == UINT32_MAX &&
               flow_bytes == UINT64_MAX && !has_slices && snaplen >= history_snaplen;
    }
    bool writes() const { return select != Select::none; }
    bool has_separate_history() const { return history_chunks > 0 && !is_complete(); }
};

}  // namespace baleen::capture
