// Versions of QUIC: which of them we can read, how their packets lie, and what their Initial
// packets are locked with.
//
// Must hold: a version that is not known gets a guess or nothing, never another version's name.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace baleen::protocol::quic {

// What Initial packets are protected with, but for the connection id (RFC 9001 section 5.2).
struct KeyLabels {
    std::string_view key;
    std::string_view iv;
    std::string_view header;
};
struct KeySchedule {
    std::array<uint8_t, 20> salt;
    KeyLabels labels;
};

enum class Layout : uint8_t {
    unknown,      // long headers as all versions have them (RFC 8999), no more is known
    ietf,         // RFC 9000 and the drafts from 22 on
    google,       // Q050, T050, T051: RFC 9000's packets with Google's frames
    google_long,  // Q044 to Q046: long headers, nothing encrypted in the beginning
    google_flags  // up to Q043: public flags in front
};

struct Version {
    Layout layout = Layout::unknown;
    bool is_v2 = false;     // numbers packet types as RFC 9369 does (section 3.2)
    bool has_tags = false;  // a CHLO of Google's instead of a ClientHello
    // Those that may fit, the likely one first; empty: nothing can be opened.
    std::span<const KeySchedule> schedules;

    bool is_known() const { return layout != Layout::unknown; }
};

inline constexpr uint32_t negotiation_version = 0;  // RFC 9000 section 17.2.1

Version look_up_version(uint32_t version);

// One that forces the server to negotiate (RFC 9000 section 15).
constexpr bool is_reserved_version(uint32_t version) {
    return (version & 0x0f0f0f0fu) == 0x0a0a0a0au;
}

// "1", "6b3343cf", "ff00001d" as Suricata writes them, and Google's letters as they are: "Q046".
// Of `text`, as many as it takes.
std::string_view name_version(uint32_t version, std::array<char, 8>& text);

}  // namespace baleen::protocol::quic
