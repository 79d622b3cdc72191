#include "config/slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "baleen/limits.h"
#include "base/suggest.h"

namespace baleen::config {
namespace {

using application::app_protos;

base::Result<application::AppProto> app_proto_of(std::string_view name) {
    const auto* const found = std::ranges::find(app_protos, name, &application::AppProtoInfo::name);
    if (found != std::end(app_protos)) return found->id;
    std::vector<std::string_view> names;
    for (const auto& info : app_protos) names.push_back(info.name);
    const std::string_view near = base::nearest(name, names);
    return base::Error{fmt::format("\"{}\" is no application protocol{}", name,
                                   near.empty() ? "" : fmt::format("; did you mean {}?", near))};
}

}  // namespace

base::Result<std::vector<Slice>> parse_slices(const std::vector<std::string>& texts) {
    std::vector<Slice> slices;
    for (const std::string& text : texts) {
        const size_t colon = std::min(text.find(':'), text.size());
        const auto app_proto = app_proto_of(std::string_view(text).substr(0, colon));
        if (!app_proto)
            return base::Error{fmt::format("capture.slices: {}", app_proto.error().message)};
        const char* const end = text.data() + text.size();
        const char* const begin = text.data() + std::min(colon + 1, text.size());
        uint32_t bytes = 0;
        const auto [at, failed] = std::from_chars(begin, end, bytes);
        if (failed != std::errc() || at != end || bytes == 0 || bytes > limits::packet_bytes_max)
            return base::Error{fmt::format(
                "capture.slices: \"{}\" is not PROTOCOL:BYTES with 1 to {} bytes, such as tls:128",
                text, limits::packet_bytes_max)};
        slices.push_back({*app_proto, bytes});
    }
    return slices;
}

}  // namespace baleen::config
