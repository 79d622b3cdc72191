// HTTP/2 in clear (RFC 9113): an event for each stream, when its answer's headers have come.
//
// It begins with the client's preface, also behind an upgrade from HTTP/1.1; without it the tables
// of HPACK are not known, and nothing can be read. Bodies are skipped. What is asked for in gRPC is
// a path, too. Loss outside of bodies ends a direction.
#include <algorithm>
#include <string_view>

#include "dataplane/protocol/http2_flow.h"
#include "dataplane/protocol/http_fields.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

using http2::Flow;
using http2::HeaderList;
using http2::Inflated;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // section 3.4
constexpr std::string_view version = "HTTP/2";
constexpr size_t frame_head_bytes = 9;  // section 4.1

enum class FrameType : uint8_t {
    data = 0,
    headers = 1,
    rst_stream = 3,
    push_promise = 5,
    continuation = 9
};
enum FrameFlags : uint8_t { end_stream = 0x01, end_headers = 0x04, padded = 0x08, priority = 0x20 };

struct Frame {
    explicit Frame(Bytes bytes) {
        Cursor cursor(bytes);
        length = cursor.be24();
        type = static_cast<FrameType>(cursor.u8());
        flags = cursor.u8();
        stream = cursor.be32() & 0x7fffffffu;
        is_there = cursor.ok();
        payload = cursor.take(std::min<size_t>(length, cursor.left()));
    }
    bool is(FrameFlags flag) const { return (flags & flag) != 0; }
    size_t bytes() const { return frame_head_bytes + length; }
    bool is_whole() const { return is_there && payload.size() == length; }

    uint32_t length;
    FrameType type;
    uint8_t flags;
    uint32_t stream;
    bool is_there;
    Bytes payload;  // as much as has come
};

struct State {
    Flow* flow;
    int64_t block_begun_ns;  // of a client's block whose rest has not come
    uint32_t request_id_last;
    uint8_t client_direction;  // plus 1
};

// With its rest of HEADERS or PUSH_PROMISE, and all of CONTINUATION that follow.
struct Block {
    Frame first;
    size_t bytes = 0;  // of all frames; is_whole: all are there
    bool is_whole = false;
    bool is_broken = false;

    explicit Block(Bytes all) : first(all) {
        for (Frame frame = first;; frame = Frame(all.subspan(bytes))) {
            const bool is_next =
                frame.type == FrameType::continuation && frame.stream == first.stream;
            if (frame.is_there && bytes > 0 && !is_next) is_broken = true;
            bytes += frame.is_there ? frame.bytes() : frame_head_bytes;
            if (is_broken || !frame.is_whole()) return;
            is_whole = frame.is(end_headers);
            if (is_whole) return;
        }
    }
};

class Connection {
public:
    explicit Connection(Session& session)
        : session_(session),
          state_(session.state<State>()),
          is_client_(state_.client_direction == session.turn().direction + 1) {}

    Progress hear(Bytes bytes);
    void end();

private:
    Progress hear_data(const Frame& frame, Bytes bytes);
    Progress hear_block(Bytes bytes);
    void hear_headers(const HeaderList& list, const Frame& first, uint32_t stream);
    void hear_request(const HeaderList& list, uint32_t stream);
    void hear_answer(const HeaderList& list, const Frame& first);
    Inflated inflate(const Block& block, Bytes bytes, HeaderList& list, uint32_t& promised);
    void tell(Flow::Stream* stream);

    Session& session_;
    State& state_;
    bool is_client_;
};

Progress Connection::hear(Bytes bytes) {
    const Frame frame(bytes);
    if (!frame.is_there) return Progress::need(frame_head_bytes);
    switch (frame.type) {
        case FrameType::data: return hear_data(frame, bytes);
        case FrameType::headers:
        case FrameType::push_promise: return hear_block(bytes);
        case FrameType::continuation: return Progress::refuse();
        case FrameType::rst_stream:
            // Told without its answer.
            if (Flow::Stream* stream = state_.flow->find(frame.stream)) tell(stream);
            break;
    }
    return Progress::skip(frame.bytes());
}

Progress Connection::hear_data(const Frame& frame, Bytes bytes) {
    if (frame.is(padded) && bytes.size() == frame_head_bytes && frame.length > 0)
        return Progress::need(frame_head_bytes + 1);
    const uint32_t padding =
        frame.is(padded) && frame.length > 0 ? std::min(frame.length, frame.payload[0] + 1u) : 0;
    Flow::Stream* stream = is_client_ ? state_.flow->find(frame.stream) : nullptr;
    if (stream != nullptr) stream->body_bytes += frame.length - padding;
    return Progress::skip(frame.bytes());
}

Progress Connection::hear_block(Bytes bytes) {
    const Block block(bytes);
    if (block.is_broken || block.bytes > message_bytes_max) return Progress::refuse();
    if (is_client_ && state_.block_begun_ns == 0) state_.block_begun_ns = session_.turn().time_ns;
    if (!block.is_whole) return Progress::need(block.bytes);
    HeaderList list;
    uint32_t promised = 0;
    switch (inflate(block, bytes, list, promised)) {
        case Inflated::whole: break;
        case Inflated::no_memory: return Progress::stop();
        case Inflated::more:
        case Inflated::nonsense: return Progress::refuse();
    }
    hear_headers(list, block.first, promised);
    if (is_client_) state_.block_begun_ns = 0;
    return Progress::take(block.bytes);
}

// `promised`: the stream that PUSH_PROMISE speaks of.
Inflated Connection::inflate(const Block& block, Bytes bytes, HeaderList& list,
                             uint32_t& promised) {
    const uint32_t direction = session_.turn().direction;
    for (size_t at = 0; at < block.bytes;) {
        const Frame frame(bytes.subspan(at));
        Cursor cursor(frame.payload);
        const bool is_first = at == 0;
        const uint32_t padding = is_first && frame.is(padded) ? cursor.u8() : 0;
        if (is_first && frame.type == FrameType::push_promise)
            promised = cursor.be32() & 0x7fffffffu;
        else if (is_first && frame.is(priority)) cursor.skip(5);
        if (!cursor.ok() || padding > cursor.left()) return Inflated::nonsense;
        const Bytes fragment = cursor.take(cursor.left() - padding);
        at += frame.bytes();
        const Inflated inflated =
            state_.flow->inflate(direction, fragment, at == block.bytes, list);
        if (inflated != Inflated::more) return inflated;
    }
    return Inflated::more;
}

void Connection::hear_headers(const HeaderList& list, const Frame& first, uint32_t promised) {
    if (first.type == FrameType::push_promise) return hear_request(list, promised);
    if (!is_client_) return hear_answer(list, first);
    // Not a new stream: the trailers of a request.
    if (first.stream <= state_.request_id_last) return;
    state_.request_id_last = first.stream;
    hear_request(list, first.stream);
}

void Connection::hear_request(const HeaderList& list, uint32_t stream) {
    const Bytes authority = list.authority.data() != nullptr ? list.authority : list.head.host;
    FieldWriter& event = session_.event();
    http::tell_request(event, list.head, authority);
    event.text(Field::http_protocol, version).number(Field::http2_stream_id, stream);
    if (!list.scheme.empty())
        event.text(Field::http2_scheme,
                   list.scheme.first(std::min<size_t>(list.scheme.size(), 16)));
    Flow::Stream* opened = state_.flow->open(stream, event.fields());
    if (opened == nullptr) return session_.tell();
    constexpr std::string_view head = "HEAD";
    opened->is_head =
        std::equal(list.head.method.begin(), list.head.method.end(), head.begin(), head.end());
    opened->begun_ns = is_client_ ? state_.block_begun_ns : session_.turn().time_ns;
}

void Connection::hear_answer(const HeaderList& list, const Frame& first) {
    // Trailers have no status; interim answers (RFC 9110 section 15.2) are followed by another.
    if (list.head.status < 200) return;
    Flow::Stream* stream = state_.flow->find(first.stream);
    FieldWriter& event = session_.event();
    if (stream != nullptr) event.append({stream->fields, stream->field_bytes});
    else event.text(Field::http_protocol, version).number(Field::http2_stream_id, first.stream);
    http::tell_answer(event, list.head);
    const int64_t now_ns = session_.turn().time_ns;
    if (stream != nullptr && stream->begun_ns < now_ns)
        event.number(Field::http_latency, static_cast<uint64_t>(now_ns - stream->begun_ns));
    if (stream != nullptr && stream->body_bytes > 0)
        event.number(Field::http_request_length, stream->body_bytes);
    const bool is_empty = first.is(end_stream) || (stream != nullptr && stream->is_head);
    if (is_empty || list.head.has_content_length)
        event.number(Field::http_length, is_empty ? 0 : list.head.content_length);
    session_.tell();
    if (stream != nullptr) state_.flow->close(stream);
}

// Without its answer.
void Connection::tell(Flow::Stream* stream) {
    FieldWriter& event = session_.event();
    event.append({stream->fields, stream->field_bytes});
    if (stream->body_bytes > 0) event.number(Field::http_request_length, stream->body_bytes);
    session_.tell();
    state_.flow->close(stream);
}

void Connection::end() {
    if (state_.flow == nullptr) return;
    while (!state_.flow->streams().empty()) tell(state_.flow->streams().data());
    Flow::destroy(state_.flow);
    state_.flow = nullptr;
}

bool starts_with_preface(Bytes bytes) {
    return bytes.size() >= preface.size() &&
           std::equal(preface.begin(), preface.end(), bytes.begin());
}

Recognition recognise(const Turn&, Bytes bytes) {
    const size_t seen = std::min(bytes.size(), preface.size());
    if (!std::equal(preface.begin(), preface.begin() + static_cast<ptrdiff_t>(seen), bytes.begin()))
        return Recognition::no;
    return seen == preface.size() ? Recognition::yes : Recognition::maybe;
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    if (state.client_direction == 0) {
        if (!starts_with_preface(bytes)) return Progress::refuse();
        state.client_direction = static_cast<uint8_t>(session.turn().direction + 1);
        state.flow = Flow::create(session.memory().heap);
        // Known for what it is, and no more (ConversationStats::heap_full).
        return state.flow == nullptr ? Progress::done() : Progress::take(preface.size());
    }
    return Connection(session).hear(bytes);
}

void end(Session& session) { Connection(session).end(); }

}  // namespace

const Parser http2_parser = {
    .app_proto = AppProto::http2,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("P"),
    .parse = parse,
    .end = end,
};

}  // namespace baleen::protocol
