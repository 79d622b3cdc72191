#include "dataplane/protocol/http_head.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

namespace baleen::protocol::http {
namespace {

constexpr std::string_view version_1 = "HTTP/1.";
constexpr size_t version_bytes = 8;           // "HTTP/1.1"
constexpr size_t method_bytes_max = 24;       // the longest registered one has 17
constexpr size_t line_bytes_seen_max = 1024;  // of a line that goes on: it is a request's

bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t'; }
bool is_method_byte(uint8_t byte) {
    return (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}
bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes without_line_end(Bytes line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line = line.first(line.size() - 1);
    return line;
}

bool is_version_1(Bytes text) {
    return text.size() == version_bytes && text_of(text).starts_with(version_1) &&
           is_digit(text[version_bytes - 1]);
}

// Of what may be a method, up to one byte more than one has.
size_t method_size(Bytes bytes) {
    size_t size = 0;
    while (size < bytes.size() && size <= method_bytes_max && is_method_byte(bytes[size])) size++;
    return size;
}

// "GET /index.html HTTP/1.1". Targets with spaces inside exist.
bool read_request_line(Bytes line, Head& out) {
    line = trimmed(line);
    const size_t method_end = text_of(line).find(' ');
    const size_t version_begin = text_of(line).find_last_of(' ');
    if (version_begin == std::string_view::npos || method_end == 0) return false;
    out.method = line.first(method_end);
    out.protocol = line.subspan(version_begin + 1);
    if (method_end < version_begin)
        out.url = trimmed(line.subspan(method_end, version_begin - method_end));
    return !out.url.empty() && is_version_1(out.protocol);
}

// "HTTP/1.1 200 OK". Icecast's "ICY 200 OK" is taken for what it stands for.
bool read_status_line(Bytes line, Head& out) {
    const size_t space = std::min(text_of(line).find(' '), line.size());
    out.protocol = line.first(space);
    const Bytes rest = trimmed(line.subspan(space));
    if (rest.size() < 3 || !std::all_of(rest.begin(), rest.begin() + 3, is_digit)) return false;
    if (rest.size() > 3 && !is_space(rest[3])) return false;
    out.status =
        static_cast<uint16_t>((rest[0] - '0') * 100 + (rest[1] - '0') * 10 + rest[2] - '0');
    return out.status >= 100 && (is_version_1(out.protocol) || text_of(out.protocol) == "ICY");
}

// The first one counts; a different one after it, or what is no number, is ambiguous.
void read_content_length(Bytes value, Head& out) {
    constexpr uint64_t length_max = std::numeric_limits<int64_t>::max();
    uint64_t length = 0;
    size_t digits = 0;
    while (digits < value.size() && is_digit(value[digits]) && length <= length_max / 10 - 1)
        length = length * 10 + (value[digits++] - '0');
    const bool is_number = digits > 0 && digits == value.size();
    if (!is_number || (out.has_content_length && length != out.content_length))
        out.is_ambiguous = true;
    const bool is_list = digits > 0 && digits < value.size() && value[digits] == ',';
    if (out.has_content_length || !(is_number || is_list)) return;
    out.has_content_length = true;
    out.content_length = length;
}

// The last coding of the last header has to be "chunked"; "identity" says nothing (RFC 2616).
void read_transfer_encoding(Bytes value, Head& out) {
    if (equals_ignoring_case(value, "identity")) return;
    const size_t comma = text_of(value).find_last_of(',');
    const Bytes last = trimmed(comma == std::string_view::npos ? value : value.subspan(comma + 1));
    const bool is_chunked = equals_ignoring_case(last, "chunked");
    out.is_ambiguous |= out.is_chunked || !is_chunked;
    out.has_transfer_encoding = true;
    out.is_chunked = is_chunked;
}

void keep_first(Bytes& place, Bytes value) {
    if (place.data() == nullptr) place = value;
}

// Answers whether it tells the message's length.
bool read_header(Bytes name, Bytes value, Head& out) {
    switch (name.size()) {
        case 4:
            if (equals_ignoring_case(name, "host")) keep_first(out.host, value);
            return false;
        case 7:
            if (equals_ignoring_case(name, "referer")) keep_first(out.referer, value);
            if (equals_ignoring_case(name, "upgrade")) {
                out.has_upgrade = true;
                out.is_websocket = equals_ignoring_case(value, "websocket");
            }
            return false;
        case 8:
            if (equals_ignoring_case(name, "location")) keep_first(out.location, value);
            return false;
        case 10:
            if (equals_ignoring_case(name, "user-agent")) keep_first(out.user_agent, value);
            return false;
        case 12:
            if (equals_ignoring_case(name, "content-type")) keep_first(out.content_type, value);
            return false;
        case 14:
            if (!equals_ignoring_case(name, "content-length")) return false;
            read_content_length(value, out);
            return true;
        case 17:
            if (!equals_ignoring_case(name, "transfer-encoding")) return false;
            read_transfer_encoding(value, out);
            return true;
        default: return false;
    }
}

// Most headers are of no interest, and their first two letters show it. White space in front of a
// name is looked at closely.
bool may_be_wanted(Bytes header) {
    if (header.size() < 2) return false;
    const auto two = [](char first, char second) {
        return static_cast<uint32_t>(first) << 8 | static_cast<uint32_t>(second);
    };
    constexpr uint32_t lower_case = 0x2020;
    const uint32_t letters = base::load_be16(header.data());
    const uint32_t lower = letters | lower_case;
    return lower == two('h', 'o') || lower == two('c', 'o') || lower == two('u', 's') ||
           lower == two('r', 'e') || lower == two('l', 'o') || lower == two('t', 'r') ||
           lower == two('u', 'p') || header[0] <= ' ';
}

void take_header(Bytes header, bool is_folded, Head& out) {
    if (!may_be_wanted(header)) return;
    const size_t colon = text_of(header).find(':');
    if (colon == std::string_view::npos) return;
    // White space before the colon, or a folded line: not everybody reads on.
    const Bytes name = trimmed(header.first(colon));
    const bool is_odd = name.size() != colon || is_folded;
    if (read_header(name, trimmed(header.subspan(colon + 1)), out)) out.is_ambiguous |= is_odd;
}

// How much of `bytes` is an empty line at their beginning.
size_t empty_line_size(Bytes bytes) {
    if (bytes[0] == '\n') return 1;
    return bytes[0] == '\r' && bytes.size() > 1 && bytes[1] == '\n' ? 2 : 0;
}

}  // namespace

size_t line_size(Bytes bytes) {
    const void* end = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
    if (end == nullptr) return 0;
    return static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data()) + 1;
}

Bytes trimmed(Bytes text) {
    const auto is_blank = [](uint8_t byte) {
        return is_space(byte) || byte == '\r' || byte == '\n';
    };
    size_t begin = 0, end = text.size();
    while (begin < end && is_blank(text[begin])) begin++;
    while (end > begin && is_blank(text[end - 1])) end--;
    return text.subspan(begin, end - begin);
}

bool equals_ignoring_case(Bytes text, std::string_view lower_case) {
    return text.size() == lower_case.size() &&
           std::equal(text.begin(), text.end(), lower_case.begin(), [](uint8_t byte, char lower) {
               return (byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte) == lower;
           });
}

bool has_method(Bytes bytes) {
    const size_t method_bytes = method_size(bytes);
    return method_bytes >= 2 && method_bytes <= method_bytes_max && method_bytes < bytes.size() &&
           bytes[method_bytes] == ' ';
}

Recognition looks_like_request(Bytes bytes) {
    const size_t method_bytes = method_size(bytes);
    if (method_bytes == bytes.size())
        return method_bytes > 0 && method_bytes <= method_bytes_max ? Recognition::maybe
                                                                    : Recognition::no;
    if (!has_method(bytes)) return Recognition::no;
    const size_t size = line_size(bytes.first(std::min(bytes.size(), head_bytes_max)));
    const Bytes line = size == 0 ? bytes : without_line_end(bytes.first(size));
    if (size == 0) {
        const bool is_text = std::all_of(line.begin(), line.end(),
                                         [](uint8_t byte) { return byte >= ' ' || byte == '\r'; });
        if (!is_text) return Recognition::no;
        if (line.size() < line_bytes_seen_max) return Recognition::maybe;
        const std::string_view target = text_of(line).substr(method_bytes + 1);
        return target.starts_with('/') || target.starts_with("http") ? Recognition::yes
                                                                     : Recognition::no;
    }
    Head head;
    return read_request_line(line, head) ? Recognition::yes : Recognition::no;
}

Recognition looks_like_response(Bytes bytes) {
    constexpr size_t seen_bytes = 12;  // "HTTP/1.1 200"
    const std::string_view text = text_of(bytes);
    if (!text.starts_with(version_1.substr(0, text.size()))) return Recognition::no;
    if (text.size() < seen_bytes) return Recognition::maybe;
    Head head;
    return read_status_line(bytes.first(seen_bytes), head) ? Recognition::yes : Recognition::no;
}

Framing Head::framing() const {
    if (status != 0 && (status < 200 || status == 204 || status == 304)) return Framing::none;
    if (has_transfer_encoding && is_chunked) return Framing::chunked;
    const bool is_response = status != 0;
    // What is not understood goes on to the end; a request cannot.
    if (has_transfer_encoding) return is_response ? Framing::until_close : Framing::none;
    if (has_content_length) return content_length == 0 ? Framing::none : Framing::length;
    return is_response ? Framing::until_close : Framing::none;
}

bool read_first_line(Bytes bytes, Head& out) {
    const size_t size = line_size(bytes);
    const Bytes line = without_line_end(size == 0 ? bytes : bytes.first(size));
    const bool is_response =
        text_of(line).starts_with(version_1) || text_of(line).starts_with("ICY ");
    return is_response ? read_status_line(line, out) : read_request_line(line, out);
}

// Header by header, with the folded lines after it (RFC 9112 section 5.2).
size_t read_headers(Bytes bytes, Head& out) {
    size_t at = line_size(bytes), end = 0;
    while (at != 0 && at < bytes.size() && end == 0) {
        const size_t begin = at, empty = empty_line_size(bytes.subspan(at));
        bool is_folded = false;
        for (bool goes_on = empty == 0; goes_on; is_folded |= goes_on) {
            const size_t size = line_size(bytes.subspan(at));
            at = size == 0 ? bytes.size() : at + size;
            goes_on = at < bytes.size() && is_space(bytes[at]);
        }
        if (empty == 0) take_header(bytes.subspan(begin, at - begin), is_folded, out);
        else end = at + empty;
    }
    out.is_ambiguous |= out.has_content_length && out.has_transfer_encoding;
    return end;
}

}  // namespace baleen::protocol::http
