// ns per Initial packet of QUIC: its keys, its opening, and a whole flow that is one hello or one
// forgery. What a flood of handshakes costs is the last two.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "dataplane/protocol/conversation.h"
#include "dataplane/protocol/quic_initial.h"
#include "dataplane/protocol/quic_packet.h"
#include "tests/support/dialogue.h"

namespace baleen::bench {
namespace {

using namespace protocol;

// The first datagram of a golden case.
std::vector<uint8_t> datagram_of(const char* name) {
    return test::read_dialogue(std::string(BALEEN_SOURCE_ROOT "/tests/protocol/") + name)
        .utterances[0]
        .bytes;
}

void derive_keys(benchmark::State& state) {
    const auto packet = datagram_of("quic_v1.txt");
    const auto header = quic::read_long_header(packet);
    for (auto _ : state) {
        auto keys = quic::derive_keys(header->version.schedules[0], header->destination_id,
                                      quic::Side::client);
        benchmark::DoNotOptimize(keys);
    }
}

void open_packet(benchmark::State& state) {
    const auto packet = datagram_of("quic_v1.txt");
    const auto header = quic::read_long_header(packet);
    const auto keys =
        quic::derive_keys(header->version.schedules[0], header->destination_id, quic::Side::client);
    auto opener = quic::InitialOpener::create();
    for (auto _ : state)
        benchmark::DoNotOptimize(opener->open(keys, packet, header->packet_number_at));
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(packet.size()));
}

struct Listener final : EventSink {
    void tell(const Turn&, AppProto, const FieldWriter& fields) override {
        benchmark::DoNotOptimize(fields.fields().data());
    }
};

// A flow of one datagram.
void hear_flow(benchmark::State& state, const char* golden) {
    const auto packet = datagram_of(golden);
    auto talks = Conversations::create({.conversations_max = 4, .kept_bytes = 1u << 20});
    const Turn turn{.direction = 0,
                    .from_initiator = true,
                    .transport = Transport::udp,
                    .src_port = 50123,
                    .dst_port = 443,
                    .time_ns = 0};
    Listener listener;
    for (auto _ : state) {
        const uint32_t talk = talks->begin(Transport::udp);
        talks->feed(talk, turn, packet, listener);
        talks->end(talk, turn, listener);
    }
}

BENCHMARK(derive_keys);
BENCHMARK(open_packet);
BENCHMARK_CAPTURE(hear_flow, hello, "quic_v1.txt");
BENCHMARK_CAPTURE(hear_flow, forgery, "quic_damaged.txt");
BENCHMARK_CAPTURE(hear_flow, unknown_version, "quic_unknown_version.txt");
BENCHMARK_CAPTURE(hear_flow, not_quic, "ntp.txt");

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
