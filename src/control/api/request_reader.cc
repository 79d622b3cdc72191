// <utility> first: Asio 1.74 forgets it.
#include <utility>
//
#include "control/api/request_reader.h"

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "control/api/header_values.h"

namespace baleen::api {
namespace {

namespace http = boost::beast::http;

// The end of a chunked body is no shorter: "0" CRLF CRLF. Beast's parser takes for granted that so
// much is there when it looks at the last chunk.
constexpr size_t chunked_end_bytes = 5;

}  // namespace

struct RequestReader::Parser {
    http::request_parser<http::string_body> http;
};

RequestReader::RequestReader(Limits limits) : limits_(limits) {}
RequestReader::~RequestReader() = default;

void RequestReader::reset() {
    parser_.reset();
    head_ = {};
    body_.clear();
    body_.shrink_to_fit();
    state_ = State::nothing;
}

std::string& RequestReader::body() { return body_; }

RequestReader::State RequestReader::refuse(Refusal refusal) {
    refusal_ = refusal;
    return state_ = State::refused;
}

RequestReader::State RequestReader::take(std::string& in) {
    switch (state_) {
        case State::nothing:
            in.erase(0, std::min(in.find_first_not_of("\r\n"), in.size()));
            if (in.empty()) return state_;
            parser_ = std::make_unique<Parser>();
            parser_->http.header_limit(static_cast<uint32_t>(limits_.header_bytes));
            parser_->http.body_limit(limits_.body_bytes);
            state_ = State::header;
            return take_head(in);
        case State::header: return take_head(in);
        case State::head_done:
        case State::body: return take_body(in);
        case State::done:
        case State::refused: break;
    }
    return state_;
}

RequestReader::State RequestReader::take_head(std::string& in) {
    boost::beast::error_code error;
    auto& parser = parser_->http;
    // The parser stops behind the start line, then behind the header.
    while (!parser.is_header_done()) {
        const size_t taken = parser.put(boost::asio::buffer(in), error);
        in.erase(0, taken);
        if (error == http::error::need_more) {
            if (in.size() < limits_.header_bytes) return state_;
            return refuse(Refusal::header_too_large);
        }
        if (error) break;
    }
    if (error == http::error::header_limit) {
        const bool in_first_line =
            parser.get().target().empty() && in.find('\n') == std::string::npos;
        return refuse(in_first_line ? Refusal::target_too_long : Refusal::header_too_large);
    }
    if (error == http::error::body_limit) return refuse(Refusal::body_too_large);
    if (error == http::error::bad_version) return refuse(Refusal::version);
    if (error == http::error::bad_content_length) return refuse(Refusal::content_length);
    if (error == http::error::bad_transfer_encoding) return refuse(Refusal::transfer_encoding);
    if (error) return refuse(Refusal::malformed);
    if (!fill_head()) return state_;
    return state_ = State::head_done;
}

// False: refused.
bool RequestReader::fill_head() {
    const auto& message = parser_->http.get();
    const auto all = [&](auto field) {
        std::string values;
        const auto [first, last] = message.equal_range(field);
        for (auto at = first; at != last; ++at) {
            if (at != first) values += ", ";
            values.append(at->value().data(), at->value().size());
        }
        return values;
    };
    const auto refused = [this](Refusal refusal) {
        refuse(refusal);
        return false;
    };
    head_.method.assign(message.method_string().data(), message.method_string().size());
    head_.target.assign(message.target().data(), message.target().size());
    if (head_.target.size() > limits_.target_bytes) return refused(Refusal::target_too_long);
    head_.is_http_1_0 = message.version() == 10;
    if (message.version() != 11 && !head_.is_http_1_0) return refused(Refusal::version);
    // Two lengths, or a length and chunks, are how a request is smuggled past a proxy
    // (RFC 9112 section 6.3); of two equal ones RFC 9110 section 8.6 allows to refuse.
    if (all(http::field::content_length).find(',') != std::string::npos)
        return refused(Refusal::content_length);
    const std::string transfer = all(http::field::transfer_encoding);
    if (message.count(http::field::transfer_encoding) > 0 &&
        (!equals_ignoring_case(transfer, "chunked") || head_.is_http_1_0))
        return refused(Refusal::transfer_encoding);
    // RFC 9112 section 3.2.
    if (message.count(http::field::host) > 1 ||
        (message.count(http::field::host) == 0 && !head_.is_http_1_0))
        return refused(Refusal::host);
    head_.host = all(http::field::host);
    head_.authorization = all(http::field::authorization);
    head_.origin = all(http::field::origin);
    head_.expect = all(http::field::expect);
    head_.content_type = all(http::field::content_type);
    head_.accept = all(http::field::accept);
    head_.accept_encoding = all(http::field::accept_encoding);
    head_.if_none_match = all(http::field::if_none_match);
    head_.forwarded_for = all("X-Forwarded-For");
    if (const auto id = message.find("Last-Event-ID"); id != message.end())
        head_.last_event_id.assign(id->value().data(), id->value().size());
    head_.keeps_alive = !head_.is_http_1_0 && parser_->http.keep_alive();
    head_.has_body = !parser_->http.is_done();
    return true;
}

RequestReader::State RequestReader::take_body(std::string& in) {
    auto& parser = parser_->http;
    state_ = State::body;
    parser.eager(false);  // the caller's turn after each portion; nothing behind it is touched
    while (!parser.is_done()) {
        if (parser.chunked() ? in.size() < chunked_end_bytes : in.empty()) return state_;
        boost::beast::error_code error;
        const size_t taken = parser.put(boost::asio::buffer(in), error);
        in.erase(0, taken);
        if (error == http::error::need_more) {
            // The line of a chunk, or the fields behind the last, are no longer than a header.
            if (in.size() < limits_.header_bytes) return state_;
            return refuse(Refusal::header_too_large);
        }
        if (error == http::error::body_limit) return refuse(Refusal::body_too_large);
        if (error) return refuse(Refusal::malformed);
    }
    body_ = std::move(parser.get().body());
    return state_ = State::done;
}

}  // namespace baleen::api
