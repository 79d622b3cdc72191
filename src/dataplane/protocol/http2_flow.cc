#include "dataplane/protocol/http2_flow.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

namespace baleen::protocol::http2 {
namespace {

static_assert(std::is_trivially_destructible_v<Flow>);

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

HeapShare& share_in(void* user_data) { return *static_cast<HeapShare*>(user_data); }

void* take(size_t bytes, void* user_data) { return share_in(user_data).take(bytes); }
void give_back(void* memory, void* user_data) { share_in(user_data).give_back(memory); }
void* take_zeroed(size_t count, size_t bytes, void* user_data) {
    if (bytes != 0 && count > Heap::block_bytes_max / bytes) return nullptr;
    void* memory = share_in(user_data).take(count * bytes);
    if (memory != nullptr) std::memset(memory, 0, count * bytes);
    return memory;
}
void* resize(void* memory, size_t bytes, void* user_data) {
    return share_in(user_data).resize(memory, bytes);
}

uint64_t number_in(Bytes digits) {
    constexpr size_t digits_max = 18;
    uint64_t number = 0;
    for (const uint8_t digit : digits.first(std::min(digits.size(), digits_max))) {
        if (digit < '0' || digit > '9') return 0;
        number = number * 10 + (digit - '0');
    }
    return number;
}

}  // namespace

void HeaderList::keep(Bytes& place, Bytes value) {
    // As much as is told of the longest one.
    value = value.first(std::min<size_t>(value.size(), FieldWriter::text_bytes_max));
    if (place.data() != nullptr || value.size() > bytes.size() - used) return;
    if (!value.empty()) std::memcpy(bytes.data() + used, value.data(), value.size());
    place = Bytes(bytes).subspan(used, value.size());
    used += static_cast<uint32_t>(value.size());
}

// RFC 9113 section 8.3.
void HeaderList::add_pseudo(Bytes name, Bytes value) {
    const std::string_view text = text_of(name);
    if (text == ":method") keep(head.method, value);
    else if (text == ":path") keep(head.url, value);
    else if (text == ":authority") keep(authority, value);
    else if (text == ":scheme") keep(scheme, value);
    else if (text == ":status") head.status = static_cast<uint16_t>(number_in(value) % 1000);
}

// Names are in lower case (section 8.2).
void HeaderList::add(Bytes name, Bytes value) {
    const std::string_view text = text_of(name);
    if (text.starts_with(':')) return add_pseudo(name, value);
    if (text == "user-agent") keep(head.user_agent, value);
    else if (text == "content-type") keep(head.content_type, value);
    else if (text == "referer") keep(head.referer, value);
    else if (text == "location") keep(head.location, value);
    else if (text == "host") keep(head.host, value);
    else if (text == "content-length") {
        head.has_content_length = true;
        head.content_length = number_in(value);
    }
}

Flow* Flow::create(Heap& heap) {
    HeapShare share(heap, bytes_max);
    void* memory = share.take(sizeof(Flow));
    if (memory == nullptr) return nullptr;
    Flow* flow = new (memory) Flow(share);
    if (flow->prepare()) return flow;
    destroy(flow);
    return nullptr;
}

bool Flow::prepare() {
    memory_ = {&share_, take, give_back, take_zeroed, resize};
    for (nghttp2_hd_inflater*& inflater : inflaters_) {
        if (nghttp2_hd_inflate_new2(&inflater, &memory_) != 0) return false;
        // As both may agree on it in SETTINGS, which need not be read then.
        if (nghttp2_hd_inflate_change_table_size(inflater, table_bytes_max) != 0) return false;
    }
    return true;
}

void Flow::destroy(Flow* flow) {
    for (const Stream& stream : flow->streams()) flow->share_.give_back(stream.fields);
    for (nghttp2_hd_inflater* inflater : flow->inflaters_)
        if (inflater != nullptr) nghttp2_hd_inflate_del(inflater);
    HeapShare share = flow->share_;
    share.give_back(flow);
}

Inflated Flow::inflate(uint32_t direction, Bytes fragment, bool is_last, HeaderList& out) {
    nghttp2_hd_inflater* inflater = inflaters_[direction];
    uint32_t& count = header_count_[direction];
    uint32_t& bytes = header_bytes_[direction];
    for (;;) {
        nghttp2_nv header;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(inflater, &header, &flags, fragment.data(),
                                                    fragment.size(), is_last ? 1 : 0);
        if (used == NGHTTP2_ERR_NOMEM) return Inflated::no_memory;
        if (used < 0) return Inflated::nonsense;
        fragment = fragment.subspan(static_cast<size_t>(used));
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            bytes += static_cast<uint32_t>(header.namelen + header.valuelen);
            if (++count > headers_max || bytes > header_bytes_max) return Inflated::nonsense;
            out.add({header.name, header.namelen}, {header.value, header.valuelen});
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && fragment.empty()) return Inflated::more;
    }
    nghttp2_hd_inflate_end_headers(inflater);
    count = bytes = 0;
    return Inflated::whole;
}

Flow::Stream* Flow::open(uint32_t id, Bytes fields) {
    if (count_ == streams_max) return nullptr;
    auto* memory = static_cast<uint8_t*>(share_.take(fields.size()));
    if (memory == nullptr) return nullptr;
    std::copy(fields.begin(), fields.end(), memory);
    Stream& stream = streams_[count_++];
    stream = {.id = id, .field_bytes = static_cast<uint16_t>(fields.size()), .fields = memory};
    return &stream;
}

Flow::Stream* Flow::find(uint32_t id) {
    for (Stream& stream : streams())
        if (stream.id == id) return &stream;
    return nullptr;
}

void Flow::close(Stream* stream) {
    share_.give_back(stream->fields);
    std::move(stream + 1, streams_.data() + count_, stream);
    count_--;
}

}  // namespace baleen::protocol::http2
