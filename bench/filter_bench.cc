// The capture filter per packet of the sample capture: libpcap's interpreter against machine code.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/filter_jit.h"
#include "packet/capture_filter.h"

namespace baleen {
namespace {

const char* const filters[] = {
    "tcp port 443",
    "host 192.0.2.1 and udp",
    "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420",
    "port 53 or port 80 or port 443 or port 22 or portrange 5000-6000",
};

struct Sample {
    std::vector<std::vector<uint8_t>> bytes;
    std::vector<packet::Packet> packets;

    Sample() {
        char problem[PCAP_ERRBUF_SIZE];
        pcap_t* file = pcap_open_offline(BALEEN_SOURCE_ROOT "/tests/captures/sample.pcap", problem);
        BALEEN_ASSERT(file != nullptr);
        pcap_pkthdr* header;
        const uint8_t* data;
        while (pcap_next_ex(file, &header, &data) == 1)
            bytes.emplace_back(data, data + header->caplen);
        pcap_close(file);
        for (const auto& packet : bytes) {
            packets.push_back({});
            packets.back().data = packet.data();
            packets.back().captured_length = packets.back().wire_length =
                static_cast<uint32_t>(packet.size());
            packets.back().link = packet::LinkType::ethernet;
        }
    }
};

const Sample& sample() {
    static const Sample loaded;
    return loaded;
}

template <class Filter>
void run(benchmark::State& state, const Filter& filter) {
    uint64_t accepted = 0;
    for (auto _ : state)
        for (const packet::Packet& packet : sample().packets) accepted += filter.accepts(packet);
    benchmark::DoNotOptimize(accepted);
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(sample().packets.size()));
    state.SetLabel(filters[state.range(0)]);
}

void libpcap(benchmark::State& state) {
    run(state, *packet::CaptureFilter::compile(filters[state.range(0)]));
}
BENCHMARK(libpcap)->DenseRange(0, std::size(filters) - 1);

void machine_code(benchmark::State& state) {
    std::string notice;
    run(state,
        dataplane::FilterJit(*packet::CaptureFilter::compile(filters[state.range(0)]), notice));
}
BENCHMARK(machine_code)->DenseRange(0, std::size(filters) - 1);

}  // namespace
}  // namespace baleen

BENCHMARK_MAIN();
