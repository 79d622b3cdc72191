#include "dataplane/protocol/long_tail.h"

#include <netinet/in.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "dataplane/protocol/heap.h"

#include <ndpi/ndpi_api.h>

namespace baleen::protocol {
namespace {

// What nDPI may have at a time for the flow that it looks at.
constexpr uint64_t heap_bytes = 256 * 1024;
// A flow's strings are shorter. What is longer are caches by which one flow tells of another, made
// when first wanted (ndpi_lru_cache_init: 8 KiB and more): an answer would depend on the worker.
constexpr size_t allocation_bytes_max = 4096;
constexpr size_t payload_bytes_max = 2048;
constexpr size_t name_bytes_max = 64;

// nDPI's hooks know no caller. nullptr: a module is being made or given back.
thread_local Heap* heap_in_use = nullptr;

void* take(size_t bytes) {
    if (heap_in_use == nullptr) return std::malloc(bytes);
    return bytes <= allocation_bytes_max ? heap_in_use->take(bytes) : nullptr;
}
void give_back(void* memory) {
    if (heap_in_use != nullptr && heap_in_use->contains(memory)) heap_in_use->give_back(memory);
    else std::free(memory);
}

class HeapInUse {
public:
    explicit HeapInUse(Heap& heap) { heap_in_use = &heap; }
    HeapInUse(const HeapInUse&) = delete;
    ~HeapInUse() { heap_in_use = nullptr; }
};

// What it is not asked for. Our own parsers do the first five, for which nDPI takes much time or
// memory (for QUIC libgcrypt's, which has no hooks). Of the others tinc tells of one flow by
// another, and NetFlow's reads the clock.
constexpr uint16_t unwanted[] = {
    NDPI_PROTOCOL_QUIC,     NDPI_PROTOCOL_TLS,  NDPI_PROTOCOL_DTLS,    NDPI_PROTOCOL_HTTP,
    NDPI_PROTOCOL_KERBEROS, NDPI_PROTOCOL_TINC, NDPI_PROTOCOL_NETFLOW,
};

// Making and giving back touch what all modules share (ndpi_api.h).
std::mutex modules;

ndpi_detection_module_struct* make_module() {
    const std::lock_guard lock(modules);
    set_ndpi_malloc(take);
    set_ndpi_free(give_back);
    set_ndpi_flow_malloc(take);
    set_ndpi_flow_free(give_back);
    auto* module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
    if (module == nullptr) return nullptr;
    NDPI_PROTOCOL_BITMASK wanted;
    NDPI_BITMASK_SET_ALL(wanted);
    for (const uint16_t protocol : unwanted)
        wanted.fds_bits[protocol / NDPI_BITS] &= ~(ndpi_ndpi_mask{1} << protocol % NDPI_BITS);
    ndpi_set_protocol_detection_bitmask2(module, &wanted);
    ndpi_finalize_initialization(module);
    return module;
}

struct GiveModuleBack {
    void operator()(ndpi_detection_module_struct* module) const {
        const std::lock_guard lock(modules);
        ndpi_exit_detection_module(module);
    }
};

void put_be16(uint8_t* to, size_t value) {
    to[0] = static_cast<uint8_t>(value >> 8);
    to[1] = static_cast<uint8_t>(value);
}
void put_be32(uint8_t* to, uint32_t value) {
    put_be16(to, value >> 16);
    put_be16(to + 2, value);
}

// A packet around a payload: IPv4 (RFC 791) and TCP (RFC 9293) or UDP (RFC 768), addresses of
// RFC 5737. nDPI does not look at checksums.
class Envelope {
public:
    Bytes around(const Turn& turn, Bytes payload, uint32_t sequence, uint32_t acknowledged) {
        const bool is_tcp = turn.transport == Transport::tcp;
        const size_t head_bytes = ip_bytes + (is_tcp ? tcp_bytes : udp_bytes);
        const size_t bytes = head_bytes + payload.size();
        uint8_t* const ip = packet_.data();
        uint8_t* const transport = ip + ip_bytes;
        std::memset(ip, 0, head_bytes);
        ip[0] = 0x45;
        put_be16(ip + 2, bytes);
        ip[8] = 64;
        ip[9] = is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
        put_be32(ip + 12, address_of(turn.direction));
        put_be32(ip + 16, address_of(1 - turn.direction));
        put_be16(transport, turn.src_port);
        put_be16(transport + 2, turn.dst_port);
        if (is_tcp) {
            put_be32(transport + 4, sequence);
            put_be32(transport + 8, acknowledged);
            transport[12] = tcp_bytes / 4 << 4;
            transport[13] = 0x18;                  // PSH, ACK
            put_be16(transport + 14, UINT16_MAX);  // window
        } else {
            put_be16(transport + 4, udp_bytes + payload.size());
        }
        std::memcpy(ip + head_bytes, payload.data(), payload.size());
        return {ip, bytes};
    }

private:
    static constexpr size_t ip_bytes = 20, tcp_bytes = 20, udp_bytes = 8;
    static uint32_t address_of(uint32_t direction) { return 0xc0000201 + direction; }

    std::array<uint8_t, ip_bytes + tcp_bytes + payload_bytes_max> packet_;
};

}  // namespace

struct LongTail::Module {
    Heap heap;
    std::unique_ptr<ndpi_detection_module_struct, GiveModuleBack> module;
    ndpi_flow_struct flow;
    Envelope envelope;
    std::array<uint32_t, 2> sequences;
    bool is_found;
    std::array<char, name_bytes_max> name;
};

LongTail::LongTail(std::unique_ptr<Module> module) : module_(std::move(module)) {}
LongTail::~LongTail() {
    const HeapInUse heap(module_->heap);
    module_->module.reset();
}

base::Result<std::unique_ptr<LongTail>> LongTail::create() {
    // The headers and the library are of different releases.
    if (ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(ndpi_flow_struct))
        return base::Error{"the nDPI that is installed is not the one that this was built with"};
    auto heap = Heap::create(heap_bytes);
    if (!heap) return heap.error();
    auto made = std::make_unique<Module>();
    made->heap = std::move(*heap);
    made->module.reset(make_module());
    if (made->module == nullptr) return base::Error{"nDPI finds no memory"};
    return std::unique_ptr<LongTail>(new LongTail(std::move(made)));
}

void LongTail::begin() {
    std::memset(&module_->flow, 0, sizeof module_->flow);
    module_->sequences = {1, 1};
    module_->is_found = false;
}

void LongTail::look_at(const Turn& turn, Bytes payload) {
    Module& own = *module_;
    if (own.is_found || payload.empty()) return;
    payload = payload.first(std::min(payload.size(), payload_bytes_max));
    const Bytes packet = own.envelope.around(turn, payload, own.sequences[turn.direction],
                                             own.sequences[1 - turn.direction]);
    own.sequences[turn.direction] += static_cast<uint32_t>(payload.size());
    const HeapInUse heap(own.heap);
    ndpi_detection_process_packet(own.module.get(), &own.flow, packet.data(),
                                  static_cast<uint16_t>(packet.size()),
                                  static_cast<uint64_t>(turn.time_ns) / 1'000'000);
    own.is_found = own.flow.confidence == NDPI_CONFIDENCE_DPI;
}

std::string_view LongTail::name() {
    Module& own = *module_;
    const HeapInUse heap(own.heap);
    uint8_t was_guessed = 0;
    ndpi_protocol found = ndpi_detection_giveup(own.module.get(), &own.flow, 0, &was_guessed);
    const bool is_content = own.flow.confidence == NDPI_CONFIDENCE_DPI && was_guessed == 0;
    ndpi_free_flow_data(&own.flow);
    if (!is_content) return {};
    return ndpi_protocol2name(own.module.get(), found, own.name.data(),
                              static_cast<unsigned>(own.name.size()));
}

uint32_t LongTail::blocks_in_use() const { return module_->heap.blocks_in_use(); }
uint64_t LongTail::refused() const { return module_->heap.refused(); }

}  // namespace baleen::protocol
