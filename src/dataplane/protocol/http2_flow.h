// What is remembered of one HTTP/2 connection: the tables of HPACK for both directions, and the
// requests whose answers have not come.
//
// Owns: nothing by itself; all of it lies in the worker's heap, up to bytes_max for one flow, and
// is given back by destroy(). HPACK is read by libnghttp2, which takes its memory from there too.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstdint>

#include "dataplane/protocol/http_head.h"
#include "dataplane/protocol/parser.h"

namespace baleen::protocol::http2 {

// The lists of headers that are read, as far as somebody wants them; the views of `head` and
// `scheme` point into `bytes`.
struct HeaderList {
    http::Head head;
    Bytes scheme;
    Bytes authority;
    std::array<uint8_t, 4096> bytes;
    uint32_t used;

    HeaderList() : used(0) {}
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;

    void add(Bytes name, Bytes value);

private:
    void add_pseudo(Bytes name, Bytes value);
    void keep(Bytes& place, Bytes value);
};

enum class Inflated : uint8_t { more, whole, nonsense, no_memory };

class Flow {
public:
    // A request, or what was told of it.
    struct Stream {
        uint32_t id;
        uint16_t field_bytes;
        bool is_head;
        uint8_t* fields;  // composed
        int64_t begun_ns;
        uint64_t body_bytes;
    };

    // nullptr: the heap is full.
    static Flow* create(Heap& heap);
    static void destroy(Flow* flow);

    // The next part of a direction's header block. `header_count`: of the whole block.
    Inflated inflate(uint32_t direction, Bytes fragment, bool is_last, HeaderList& out);

    // nullptr: there is no room for it.
    Stream* open(uint32_t id, Bytes fields);
    Stream* find(uint32_t id);
    void close(Stream* stream);
    std::span<Stream> streams() { return {streams_.data(), count_}; }

private:
    // What browsers and gRPC let peers use (SETTINGS_MAX_CONCURRENT_STREAMS) is 100 and more, but
    // few of them wait for their answer's head at one time.
    static constexpr uint32_t streams_max = 56;
    // Two tables of 4 KiB as HPACK counts them take up to four times as much here.
    static constexpr uint32_t bytes_max = 96 * 1024;
    // What peers may agree on; RFC 7540 says 4 KiB, browsers say 64 KiB.
    static constexpr uint32_t table_bytes_max = 64 * 1024;
    // One byte can stand for a header of 4 KiB. Servers refuse more than 100 or 200 headers.
    static constexpr uint32_t headers_max = 1024;
    static constexpr uint32_t header_bytes_max = 256 * 1024;

    explicit Flow(HeapShare share) : share_(share) {}
    bool prepare();

    HeapShare share_;
    nghttp2_mem memory_{};
    std::array<nghttp2_hd_inflater*, 2> inflaters_{};
    std::array<uint32_t, 2> header_count_{};  // of the block that is being read
    std::array<uint32_t, 2> header_bytes_{};
    uint32_t count_ = 0;
    std::array<Stream, streams_max> streams_;
};
static_assert(sizeof(Flow) <= 2048, "a block of the heap");

}  // namespace baleen::protocol::http2
