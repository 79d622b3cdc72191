// Keys and packets of QUIC against the examples of the RFCs, and what opening them costs: nothing
// is allocated.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>
#include <string>

#include "dataplane/protocol/quic_initial.h"
#include "dataplane/protocol/quic_packet.h"
#include "tests/support/dialogue.h"

namespace {
uint64_t allocations = 0;
}

// Ours and OpenSSL's: whatever is asked of the heap is counted. Not inlined: GCC warns of a free()
// that it sees behind a new.
[[gnu::noinline]] void* operator new(size_t bytes) {
    allocations++;
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace baleen::protocol::quic {
namespace {

void* count_malloc(size_t bytes, const char*, int) {
    allocations++;
    return std::malloc(bytes);
}
void* count_realloc(void* memory, size_t bytes, const char*, int) {
    allocations++;
    return std::realloc(memory, bytes);
}
void release(void* memory, const char*, int) { std::free(memory); }

// Before anything is asked of OpenSSL.
const bool is_counting = ::CRYPTO_set_mem_functions(count_malloc, count_realloc, release) == 1;

std::string hex(Bytes bytes) {
    std::string text;
    for (const uint8_t byte : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        text += {digits[byte >> 4], digits[byte & 0xf]};
    }
    return text;
}

constexpr std::array<uint8_t, 8> connection_id = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
constexpr uint32_t v1 = 1, v2 = 0x6b3343cf;

InitialKeys keys_of(uint32_t version, Side side) {
    return derive_keys(look_up_version(version).schedules[0], connection_id, side);
}

std::vector<uint8_t> packet_of(const char* golden, size_t utterance) {
    return test::read_dialogue(std::string(BALEEN_SOURCE_ROOT "/tests/protocol/") + golden)
        .utterances[utterance]
        .bytes;
}

TEST(QuicInitial, DerivesTheKeysOfRfc9001) {
    const InitialKeys client = keys_of(v1, Side::client);
    EXPECT_EQ(hex(client.key), "1f369613dd76d5467730efcbe3b1a22d");
    EXPECT_EQ(hex(client.iv), "fa044b2f42a3fd3b46fb255c");
    EXPECT_EQ(hex(client.header_key), "9f50449e04a0e810283a1e9933adedd2");
    const InitialKeys server = keys_of(v1, Side::server);
    EXPECT_EQ(hex(server.key), "cf3a5331653c364c88f0f379b6067e37");
    EXPECT_EQ(hex(server.iv), "0ac1493ca1905853b0bba03e");
    EXPECT_EQ(hex(server.header_key), "c206b8d9b9f0f37644430b490eeaa314");
}

TEST(QuicInitial, DerivesTheKeysOfRfc9369) {
    const InitialKeys client = keys_of(v2, Side::client);
    EXPECT_EQ(hex(client.key), "8b1a0bc121284290a29e0971b5cd045d");
    EXPECT_EQ(hex(client.iv), "91f73e2351d8fa91660e909f");
    EXPECT_EQ(hex(client.header_key), "45b95e15235d6f45a6b19cbcb0294ba9");
    const InitialKeys server = keys_of(v2, Side::server);
    EXPECT_EQ(hex(server.key), "82db637861d55e1d011f19ea71d5d2a7");
    EXPECT_EQ(hex(server.iv), "dd13c276499c0249d3310652");
    EXPECT_EQ(hex(server.header_key), "edf6d05c83121201b436e16877593c3a");
}

TEST(QuicInitial, OpensTheServersPacketOfRfc9001) {
    const std::vector<uint8_t> packet = packet_of("quic_v1.txt", 1);
    const auto header = read_long_header(packet);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->type, PacketType::initial);
    EXPECT_EQ(hex(header->source_id), "f067a5502a4262b5");
    EXPECT_EQ(header->end, packet.size());
    auto opener = InitialOpener::create();
    const Bytes frames = opener->open(keys_of(v1, Side::server), packet, header->packet_number_at);
    EXPECT_EQ(hex(frames),
              "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739"
              "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94"
              "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00"
              "020304");
}

TEST(QuicInitial, DoesNotOpenWhatWasChangedAnywhere) {
    std::vector<uint8_t> packet = packet_of("quic_v1.txt", 1);
    const size_t number_at = read_long_header(packet)->packet_number_at;
    const InitialKeys keys = keys_of(v1, Side::server);
    auto opener = InitialOpener::create();
    for (uint8_t& byte : packet) {
        byte ^= 1;
        EXPECT_TRUE(opener->open(keys, packet, number_at).empty());
        byte ^= 1;
    }
    EXPECT_FALSE(opener->open(keys, packet, number_at).empty());
    for (size_t bytes = 1; bytes < packet.size(); bytes++)
        EXPECT_TRUE(opener->open(keys, Bytes(packet).first(bytes), number_at).empty());
}

struct Deaf final : EventSink {
    void tell(const Turn&, AppProto, const FieldWriter& fields) override {
        told += fields.is_empty() ? 0 : 1;
    }
    uint32_t told = 0;
};

// A flow of its own, from its first datagram to its end.
uint32_t hold(Conversations& talks, const test::Dialogue& dialogue) {
    Deaf sink;
    const uint32_t talk = talks.begin(Transport::udp);
    Turn turn{.direction = 0,
              .from_initiator = true,
              .transport = Transport::udp,
              .src_port = 50123,
              .dst_port = 443,
              .time_ns = 0};
    for (const test::Utterance& said : dialogue.utterances) {
        turn.from_initiator = said.from_initiator;
        turn.direction = said.from_initiator ? 0 : 1;
        if (talks.feed(talk, turn, said.bytes, sink) != Conversations::Outcome::goes_on) break;
    }
    talks.end(talk, turn, sink);
    return sink.told;
}

TEST(QuicInitial, AllocatesNothingAfterTheFirstHandshake) {
    ASSERT_TRUE(is_counting);
    auto talks = Conversations::create({.conversations_max = 4, .kept_bytes = 1u << 20});
    ASSERT_TRUE(talks);
    for (const char* golden : {"quic_v1.txt", "quic_v2.txt", "quic_pieces.txt", "quic_retry.txt",
                               "quic_damaged.txt", "quic_google_q050.txt"}) {
        SCOPED_TRACE(golden);
        const test::Dialogue dialogue =
            test::read_dialogue(std::string(BALEEN_SOURCE_ROOT "/tests/protocol/") + golden);
        hold(*talks, dialogue);
        const uint64_t before = allocations;
        EXPECT_GT(before, 0u);
        const uint32_t told = hold(*talks, dialogue);
        EXPECT_EQ(allocations, before);
        EXPECT_EQ(told, 1u);
    }
}

}  // namespace
}  // namespace baleen::protocol::quic
