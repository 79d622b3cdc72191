#include "dataplane/protocol/quic_version.h"

#include <charconv>

namespace baleen::protocol::quic {
namespace {

// RFC 9001 section 5.1, RFC 9369 section 3.3.1.
constexpr KeyLabels labels_v1 = {"quic key", "quic iv", "quic hp"};
constexpr KeyLabels labels_v2 = {"quicv2 key", "quicv2 iv", "quicv2 hp"};

// In the order in which they are tried for a version that nobody has heard of: whoever makes one
// up begins with the newest standard.
enum Place : uint8_t {
    at_v1,
    at_draft_29,
    at_draft_23,
    at_draft_22,
    at_v2,
    at_v2_draft,
    at_q050,
    at_t050,
    at_t051
};
constexpr KeySchedule schedules[] = {
    // RFC 9001 section 5.2, drafts 33 and 34
    {{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     labels_v1},
    // Drafts 29 to 32
    {{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     labels_v1},
    // Drafts 23 to 28
    {{0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     labels_v1},
    // Draft 22
    {{0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
      0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
     labels_v1},
    // RFC 9369 section 3.3
    {{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     labels_v2},
    // Its drafts
    {{0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
      0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3},
     labels_v2},
    // Google's, as their QUICHE and Wireshark have them
    {{0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
      0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
     labels_v1},
    {{0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
      0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
     labels_v1},
    {{0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
      0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
     labels_v1},
};

constexpr std::span<const KeySchedule> schedule(Place place, size_t count = 1) {
    return std::span(schedules).subspan(place, count);
}

constexpr uint32_t v1 = 1, v2 = 0x6b3343cf, v2_draft = 0x709a50c4, v2_draft_00 = 0xff020000;
constexpr uint32_t draft_first = 0xff000016, draft_last = 0xff000022;  // 22, 34
constexpr uint32_t mvfst_22 = 0xfaceb001, mvfst_27 = 0xfaceb002, mvfst_v1 = 0xfaceb003;
constexpr uint32_t mvfst_first = 0xfaceb000, mvfst_last = 0xfaceb01f;
constexpr uint32_t q044 = 0x51303434, q046 = 0x51303436, q050 = 0x51303530;
constexpr uint32_t t050 = 0x54303530, t051 = 0x54303531;

Place place_of_draft(uint32_t draft) {
    if (draft >= 33) return at_v1;
    if (draft >= 29) return at_draft_29;
    return draft >= 23 ? at_draft_23 : at_draft_22;
}

bool is_digit(uint32_t character) { return character >= '0' && character <= '9'; }

// Q024, T051: a letter and three digits.
bool is_google(uint32_t version) {
    const uint32_t letter = version >> 24;
    return (letter == 'Q' || letter == 'T') && (version >> 16 & 0xff) == '0' &&
           is_digit(version >> 8 & 0xff) && is_digit(version & 0xff);
}

Version look_up_google(uint32_t version) {
    if (version == q050) return {Layout::google, false, true, schedule(at_q050)};
    if (version == t050) return {Layout::google, false, false, schedule(at_t050)};
    if (version == t051) return {Layout::google, false, false, schedule(at_t051)};
    if (version >> 24 == 'Q' && version < q044) return {Layout::google_flags, false, true, {}};
    if (version >= q044 && version <= q046) return {Layout::google_long, false, true, {}};
    return {};
}

}  // namespace

Version look_up_version(uint32_t version) {
    const auto ietf = [](Place place) {
        return Version{Layout::ietf, false, false, schedule(place)};
    };
    if (version == v1 || version == mvfst_v1) return ietf(at_v1);
    if (version == v2) return {Layout::ietf, true, false, schedule(at_v2)};
    if (version == v2_draft || version == v2_draft_00)
        return {Layout::ietf, true, false, schedule(at_v2_draft)};
    if (version >= draft_first && version <= draft_last)
        return ietf(place_of_draft(version & 0xff));
    if (version == mvfst_22) return ietf(at_draft_22);
    if (version == mvfst_27) return ietf(at_draft_23);
    // Clients have to encrypt with something; three guesses are what a stranger gets.
    if (is_reserved_version(version) || (version >= mvfst_first && version <= mvfst_last))
        return {Layout::ietf, false, false, schedule(at_v1, 3)};
    return is_google(version) ? look_up_google(version) : Version{};
}

std::string_view name_version(uint32_t version, std::array<char, 8>& text) {
    if (is_google(version)) {
        for (uint32_t i = 0; i < 4; i++)
            text[i] = static_cast<char>(version >> (24 - 8 * i) & 0xff);
        return {text.data(), 4};
    }
    const auto end = std::to_chars(text.begin(), text.end(), version, 16).ptr;
    return {text.data(), static_cast<size_t>(end - text.begin())};
}

}  // namespace baleen::protocol::quic
