// Status line and header fields of an answer, as they go out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "control/api/http.h"
#include "control/api/static_files.h"

namespace baleen::api {

// How the end of the body is told (RFC 9112 section 6).
enum class Framing : uint8_t { length, chunked, close };

struct HeadOptions {
    Framing framing = Framing::length;
    uint64_t body_bytes = 0;
    bool closes = false;
};

// Fields that the server sets itself, or that are not well-formed, are left out of those of the
// response; see is_well_formed().
std::string format_head(const Response& response, const HeadOptions& options);

// False: a handler made header fields out of something that does not belong there.
bool is_well_formed(const Response& response);

// Without body: 304 where `if_none_match` has the ETag of a response that is 200.
bool turn_into_not_modified(Response& response, std::string_view if_none_match);

// All but the bytes.
Response file_response(const StaticFiles::File& file, bool as_gzip);

// A piece of a chunked body, framed in place: what goes before it.
std::string chunk_begin(size_t bytes);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace baleen::api
