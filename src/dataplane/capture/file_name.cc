#include "dataplane/capture/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "packets/packet_file_name.h"

namespace baleen::capture {
namespace {

std::string_view ending_of(const OutputSettings& settings) {
    if (settings.format == Format::pcap) return packets::ending_pcap;
    switch (settings.compression) {
        case Compression::lz4: return packets::ending_pcapng_lz4;
        case Compression::zstd: return packets::ending_pcapng_zstd;
        case Compression::none: break;
    }
    return packets::ending_pcapng;
}

// Takes as many digits as there are from the front.
size_t take_digits(std::string_view& text) {
    const auto end =
        std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
    const auto count = static_cast<size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
}

bool take(std::string_view& text, std::string_view wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(wanted.size());
    return true;
}

}  // namespace

std::string file_name(const OutputSettings& settings, int64_t first_ns, uint32_t number) {
    constexpr int64_t second_ns = 1'000'000'000;
    const auto seconds = static_cast<time_t>(std::max<int64_t>(first_ns, 0) / second_ns);
    tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{}{:04}{:02}{:02}T{:02}{:02}{:02}Z-{}-{}-{:06}{}", packets::file_prefix,
                       utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                       utc.tm_sec, settings.run_id, settings.writer, number, ending_of(settings));
}

bool is_file_name(std::string_view name) {
    return take(name, packets::file_prefix) && take_digits(name) == 8 && take(name, "T") &&
           take_digits(name) == 6 && take(name, "Z-") && take_digits(name) >= 1 &&
           take(name, "-") && take_digits(name) >= 1 && take(name, "-") && take_digits(name) >= 6 &&
           std::ranges::count(packets::file_endings, name) == 1;
}

}  // namespace baleen::capture
