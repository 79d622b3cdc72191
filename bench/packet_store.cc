// packet_store FOLDER FILES [FLOWS_PER_CHUNK]: a folder of finished files of packets, a gibibyte
// each, in which flow 1 has packets in eight chunks of the whole. All others are holes, of which
// only the index knows; so the folder takes little room and is as large as it says to whoever
// searches it.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "packets/file.h"
#include "packets/index_log.h"
#include "tests/support/packets_builder.h"

using namespace baleen;

namespace {

constexpr uint32_t chunks_per_file = 1024;
constexpr uint32_t chunks_with_flow = 8;
constexpr int64_t second_ns = 1'000'000'000;
constexpr uint32_t payload_bytes = 1400;
const std::vector<uint32_t> packets_of_flow(700, 1);  // fill a chunk
constexpr int64_t first_ns = 1'790'000'000 * second_ns;

template <class T>
T must(base::Result<T> result) {
    if (result) return *std::move(result);
    fmt::print(stderr, "packet_store: {}\n", result.error().message);
    std::exit(1);
}

std::vector<packets::ChunkFlow> random_flows(std::mt19937_64& random, uint32_t count) {
    std::vector<packets::ChunkFlow> flows(count);
    for (packets::ChunkFlow& flow : flows)
        flow = {random() >> 11 | 2,
                static_cast<packets::Key>(random()),
                {static_cast<packets::Key>(random()), static_cast<packets::Key>(random())},
                0,
                packets::none_before};
    return flows;
}

void write_file(const std::string& folder, uint32_t number, uint32_t files, uint32_t flow_count) {
    const std::string path =
        fmt::format("{}/packets-20260921T000000Z-1-0-{:06}.pcapng", folder, number);
    const auto fd = must(packets::open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
    must(packets::write_all(fd.get(), path, test::file_head()));
    auto log = must(packets::IndexLog::create(path));
    std::mt19937_64 random(number);
    packets::ChunkBlock chunk = test::make_chunk(0, 0, packets_of_flow, payload_bytes).block;
    uint64_t offset = packets::chunk_alignment;
    const uint64_t every = uint64_t{files} * chunks_per_file / chunks_with_flow;
    for (uint32_t i = 0; i < chunks_per_file; i++) {
        const uint64_t sequence = uint64_t{number} * chunks_per_file + i;
        const int64_t time_ns = first_ns + static_cast<int64_t>(sequence) * second_ns;
        auto flows = random_flows(random, flow_count);
        chunk.sequence = sequence;
        chunk.first_ns = time_ns;
        chunk.last_ns = time_ns + second_ns / 1000;
        if (sequence % every == every / 2) {
            const auto found = test::make_chunk(sequence, time_ns, packets_of_flow, payload_bytes);
            if (::pwrite(fd.get(), found.bytes.data(), found.bytes.size(),
                         static_cast<off_t>(offset)) < 0)
                std::exit(1);
            flows[0] = found.flows[0];
        }
        must(log.append(chunk, offset, chunk.chunk_bytes, flows));
        offset += packets::chunk_bytes_max;
    }
    if (::ftruncate(fd.get(), static_cast<off_t>(offset)) != 0) std::exit(1);
    must(log.seal(offset));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "packet_store: FOLDER FILES [FLOWS_PER_CHUNK]\n");
        return 1;
    }
    const auto files = static_cast<uint32_t>(std::atoi(argv[2]));
    const auto flows = static_cast<uint32_t>(argc > 3 ? std::atoi(argv[3]) : 500);
    for (uint32_t number = 0; number < files; number++) write_file(argv[1], number, files, flows);
    return 0;
}
