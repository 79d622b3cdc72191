// Names of files of packets: packets-<UTC of the first packet>-<run>-<writer>-<number>.pcapng, with
// .zst or .lz4 behind it when compressed, or .pcap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/capture/output_settings.h"

namespace baleen::capture {

// "packets-20261126T014634Z-<run>-<writer>-000001.pcapng".
std::string file_name(const OutputSettings& settings, int64_t first_ns, uint32_t number);

// Whether this is one, of any run; nothing else may ever be deleted.
bool is_file_name(std::string_view name);

}  // namespace baleen::capture
