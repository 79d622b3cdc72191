// Bytes per second from sealed chunks to files, beside `dd oflag=direct bs=4M` into that folder,
// and to /dev/null, which leaves what the writer itself costs, beside copying the chunks.
//
// The folder: BALEEN_BENCH_FOLDER, or that of temporary files. Others use the disk as well: run it
// with --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true and take medians.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "dataplane/capture/output.h"
#include "packets/chunk_builder.h"

namespace baleen::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t chunk_count = 32;
// Of an iteration: half a second of a fast disk.
constexpr uint32_t mebibytes = 1024;

std::string folder() {
    const char* given = std::getenv("BALEEN_BENCH_FOLDER");
    const fs::path parent = given != nullptr ? fs::path(given) : fs::temp_directory_path();
    return parent / "baleen-capture-bench";
}

// What a worker has filled: packets of mixed lengths, of some 40 flows a chunk.
struct Chunk {
    capture::AlignedBytes bytes{packets::chunk_bytes_max};
    std::vector<packets::ChunkFlow> flows =
        std::vector<packets::ChunkFlow>(packets::chunk_flows_max);
    uint32_t packet_bytes = 0;
};

const std::vector<Chunk>& chunks() {
    static const auto made = [] {
        std::vector<Chunk> all(chunk_count);
        std::vector<uint8_t> data(1500);
        uint64_t random = 1;
        for (uint32_t i = 0; i < chunk_count; i++) {
            packets::ChunkBuilder builder;
            builder.begin({all[i].bytes.data(), all[i].flows}, 0, i);
            for (uint32_t length = 64; builder.has_room(length, 16); length = length == 64 ? 1500
                                                                              : length == 1500
                                                                                  ? 576
                                                                                  : 64) {
                // Like real payload, half of which can be compressed.
                for (uint32_t j = 0; j < length / 2; j += 8) {
                    random = random * 6364136223846793005u + 1442695040888963407u;
                    std::memcpy(&data[j], &random, 8);
                }
                const int64_t time_ns = 1'700'000'000'000'000'000 + all[i].packet_bytes;
                builder.append({data.data(), length, length, time_ns, 0, "flow=1234567"});
                all[i].packet_bytes += length;
                if (builder.header().packets % 16 == 0)
                    builder.add_flow({.flow_id = random,
                                      .tuple_key = static_cast<uint32_t>(random >> 8),
                                      .host_keys = {static_cast<uint32_t>(random >> 16),
                                                    static_cast<uint32_t>(random >> 24)},
                                      .previous_flow = 0,
                                      .previous_sequence = packets::none_before});
            }
            builder.seal();
        }
        return all;
    }();
    return made;
}

int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// Submits and takes back until so many are done.
void write(capture::Output& output, uint32_t count) {
    uint32_t submitted = 0, done = 0;
    while (done < count) {
        while (submitted < count && output.has_room()) {
            const Chunk& chunk = chunks()[submitted++ % chunk_count];
            output.submit({{chunk.bytes.data(), std::span(const_cast<Chunk&>(chunk).flows)}, 0, 0});
        }
        output.poll(now_ns());
        capture::SealedChunk chunk;
        bool written = false;
        const uint32_t before = done;
        while (output.take_done(chunk, written)) done++;
        if (done == before) output.wait(std::chrono::milliseconds(1));
    }
}

void run(benchmark::State& state, capture::OutputSettings settings) {
    capture::Interfaces interfaces;
    interfaces.number_of(0, packet::LinkType::ethernet);
    // None is deleted while time is taken, as none of dd is.
    settings.retention_bytes = 32ull << 30;
    settings.run_id = 1;
    auto output = capture::Output::create(settings, interfaces, {});
    if (!output) return state.SkipWithError(output.error().message.c_str());
    chunks();
    for (auto _ : state) write(**output, mebibytes);
    (*output)->finish();
    while (!(*output)->is_idle()) {
        (*output)->poll(now_ns());
        (*output)->wait(std::chrono::milliseconds(1));
    }
    for (const auto& notice : (*output)->take_notices())
        if (notice.find("deleted") == std::string::npos) fmt::print("{}\n", notice);
    state.SetBytesProcessed(state.iterations() * int64_t{mebibytes} << 20);
    output = base::Error{};
    if (settings.directory != "/dev/null") fs::remove_all(settings.directory);
}

void to_folder(benchmark::State& state) { run(state, {.directory = folder()}); }
void to_folder_without_io_uring(benchmark::State& state) {
    run(state, {.directory = folder(), .may_use_io_uring = false});
}
void to_folder_by_page_cache(benchmark::State& state) {
    run(state, {.directory = folder(), .may_use_direct = false});
}
void to_folder_as_pcap(benchmark::State& state) {
    run(state, {.directory = folder(), .format = capture::Format::pcap});
}
void to_null(benchmark::State& state) { run(state, {.directory = "/dev/null"}); }
void to_null_by_lz4(benchmark::State& state) {
    run(state, {.directory = "/dev/null", .compression = capture::Compression::lz4});
}
void to_null_by_zstd(benchmark::State& state) {
    run(state, {.directory = "/dev/null", .compression = capture::Compression::zstd});
}

// As in the comparison that the aim names.
void dd_direct(benchmark::State& state) {
    fs::create_directories(folder());
    const std::string file = folder() + "/dd";
    const std::string command = fmt::format(
        "dd if=/dev/zero of='{}' bs=4M count={} oflag=direct 2>/dev/null", file, mebibytes / 4);
    for (auto _ : state) {
        state.PauseTiming();
        fs::remove(file);
        state.ResumeTiming();
        if (std::system(command.c_str()) != 0) return state.SkipWithError("dd cannot write");
    }
    state.SetBytesProcessed(state.iterations() * int64_t{mebibytes} << 20);
    fs::remove_all(folder());
}

void copy_chunks(benchmark::State& state) {
    const capture::AlignedBytes to(packets::chunk_bytes_max);
    chunks();
    for (auto _ : state)
        for (uint32_t i = 0; i < mebibytes; i++) {
            std::memcpy(to.data(), chunks()[i % chunk_count].bytes.data(), to.size());
            benchmark::DoNotOptimize(*to.data());
        }
    state.SetBytesProcessed(state.iterations() * int64_t{mebibytes} << 20);
}

BENCHMARK(to_folder)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(dd_direct)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_folder_without_io_uring)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_folder_by_page_cache)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_folder_as_pcap)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_null)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(copy_chunks)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_null_by_lz4)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(to_null_by_zstd)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
