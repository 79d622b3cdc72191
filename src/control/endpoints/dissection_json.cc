#include "control/endpoints/dissection_json.h"

#include <string>
#include <string_view>

namespace baleen::endpoints {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Dissectors nest as deep as the bytes tell them to; a tree of this depth nobody opens.
constexpr int depth_max = 64;

// What Wireshark's columns are called, in the order of its default profile, which sharkd has.
constexpr std::string_view columns[] = {"No.",      "Time",   "Source", "Destination",
                                        "Protocol", "Length", "Info"};

const json& member(const json& of, const char* name) {
    static const json absent;
    if (!of.is_object()) return absent;
    const auto found = of.find(name);
    return found == of.end() ? absent : *found;
}

const json& items(const json& of) {
    static const json none = json::array();
    return of.is_array() ? of : none;
}

std::string text(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }

ordered_json text_or_null(const json& value) {
    return value.is_string() ? ordered_json(value.get<std::string>()) : ordered_json();
}

uint64_t count(const json& value) { return value.is_number_unsigned() ? value.get<uint64_t>() : 0; }

bool flag(const json& value) { return value.is_boolean() && value.get<bool>(); }

ordered_json field(const json& node, int depth) {
    const json& range = member(node, "h");
    const bool has_range = range.is_array() && range.size() == 2 && range[0].is_number_unsigned() &&
                           range[1].is_number_unsigned();
    auto children = ordered_json::array();
    if (depth < depth_max)
        for (const json& child : items(member(node, "n")))
            children.push_back(field(child, depth + 1));
    return {{"label", text(member(node, "l"))},
            {"display_filter", text_or_null(member(node, "f"))},
            {"offset", has_range ? ordered_json(count(range[0])) : ordered_json()},
            {"length", has_range ? ordered_json(count(range[1])) : ordered_json()},
            {"source", count(member(node, "ds"))},
            {"severity", text_or_null(member(node, "s"))},
            {"is_protocol", member(node, "t") == "proto"},
            {"is_generated", flag(member(node, "g"))},
            {"is_hidden", flag(member(node, "v"))},
            {"children", std::move(children)}};
}

// sharkd tells of the packet's own bytes beside the list of further sources.
ordered_json sources(const json& frame) {
    auto out = ordered_json::array();
    out.push_back({{"name", "Frame"}, {"bytes", text(member(frame, "bytes"))}});
    for (const json& source : items(member(frame, "ds")))
        out.push_back(
            {{"name", text(member(source, "name"))}, {"bytes", text(member(source, "bytes"))}});
    return out;
}

ordered_json streams(const json& frame) {
    auto out = ordered_json::array();
    for (const json& each : items(member(frame, "fol")))
        if (each.is_array() && each.size() == 2)
            out.push_back({{"protocol", text(each[0])}, {"display_filter", text(each[1])}});
    return out;
}

// Of a stream that there is not, sharkd calls the sides NONE.
std::string address_of(const json& value) { return value == "NONE" ? "" : text(value); }

ordered_json side(const json& follow, const char* address, const char* port, const char* bytes) {
    return {{"address", address_of(member(follow, address))},
            {"port", text(member(follow, port))},
            {"bytes", count(member(follow, bytes))}};
}

}  // namespace

ordered_json dissected_list(const json& frames, uint64_t limit) {
    auto packets = ordered_json::array();
    for (const json& frame : items(frames)) {
        if (packets.size() == limit) break;
        auto texts = ordered_json::array();
        for (const json& column : items(member(frame, "c"))) texts.push_back(text(column));
        packets.push_back({{"number", count(member(frame, "num"))},
                           {"columns", std::move(texts)},
                           {"background", text_or_null(member(frame, "bg"))},
                           {"foreground", text_or_null(member(frame, "fg"))}});
    }
    return {{"columns", columns},
            {"packets", std::move(packets)},
            {"is_last", items(frames).size() <= limit}};
}

ordered_json dissected_packet(const json& frame, uint64_t number) {
    auto tree = ordered_json::array();
    for (const json& node : items(member(frame, "tree"))) tree.push_back(field(node, 0));
    return {{"number", number},
            {"tree", std::move(tree)},
            {"sources", sources(frame)},
            {"streams", streams(frame)}};
}

ordered_json dissected_stream(const json& follow, size_t bytes_max) {
    auto pieces = ordered_json::array();
    size_t bytes = 0;
    bool is_whole = true;
    for (const json& piece : items(member(follow, "payloads"))) {
        std::string data = text(member(piece, "d"));
        bytes += data.size();
        if (bytes > bytes_max) {
            is_whole = false;
            break;
        }
        pieces.push_back({{"number", count(member(piece, "n"))},
                          {"is_from_server", count(member(piece, "s")) != 0},
                          {"bytes", std::move(data)}});
    }
    // What sharkd calls the bytes of a side are those that were sent to it.
    return {{"client", side(follow, "chost", "cport", "sbytes")},
            {"server", side(follow, "shost", "sport", "cbytes")},
            {"pieces", std::move(pieces)},
            {"is_whole", is_whole}};
}

ordered_json display_fields(const json& complete, size_t fields_max) {
    auto fields = ordered_json::array();
    for (const json& each : items(member(complete, "field"))) {
        if (fields.size() == fields_max) break;
        fields.push_back({{"name", text(member(each, "f"))}, {"label", text(member(each, "n"))}});
    }
    return {{"fields", std::move(fields)}};
}

}  // namespace baleen::endpoints
