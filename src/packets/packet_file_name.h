// How names of files of packets begin and end, of whatever run (dataplane/capture/file_name.h).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace baleen::packets {

inline constexpr std::string_view file_prefix = "packets-";

inline constexpr std::string_view ending_pcapng = ".pcapng";
inline constexpr std::string_view ending_pcapng_lz4 = ".pcapng.lz4";
inline constexpr std::string_view ending_pcapng_zstd = ".pcapng.zst";
inline constexpr std::string_view ending_pcap = ".pcap";
inline constexpr std::array file_endings = {ending_pcapng, ending_pcapng_lz4, ending_pcapng_zstd,
                                            ending_pcap};

constexpr bool is_packet_file(std::string_view name) {
    return name.starts_with(file_prefix) &&
           std::ranges::any_of(file_endings,
                               [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace baleen::packets
