// write_packets CAPTURE FOLDER [SUFFIX [CHUNK_BYTES [CHUNKS_PER_FILE [WRITERS [END]]]]]: files of
// packets as a run writes them, out of a capture, but in small chunks, so that there are many.
//
// SUFFIX: pcapng, pcapng.zst, pcapng.lz4 or pcap. END: seal, or leave (as a dead writer does).
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unordered_set>

#include "dataplane/capture/aligned_bytes.h"
#include "dataplane/capture/output.h"
#include "dissect/packet_dissector.h"
#include "packet/parser.h"
#include "packets/key.h"
#include "tests/support/each_packet.h"

using namespace baleen;

namespace {

struct Options {
    std::string folder;
    std::string suffix = "pcapng";
    uint32_t chunk_bytes = packets::chunk_bytes_max;
    uint32_t chunks_per_file = 64;
    uint32_t writers = 2;
    bool seals = true;
};

[[noreturn]] void die(const std::string& sentence) {
    fmt::print(stderr, "write_packets: {}\n", sentence);
    std::exit(1);
}
template <class T>
void must(const base::Result<T>& result) {
    if (!result) die(result.error().message);
}

capture::OutputSettings output_settings(const Options& options, uint32_t writer) {
    capture::OutputSettings settings{.directory = options.folder, .run_id = 1, .writer = writer};
    if (options.suffix == "pcap") settings.format = capture::Format::pcap;
    if (options.suffix.ends_with(".zst")) settings.compression = capture::Compression::zstd;
    if (options.suffix.ends_with(".lz4")) settings.compression = capture::Compression::lz4;
    // In bytes, about.
    settings.rotate_bytes = uint64_t{options.chunk_bytes} * options.chunks_per_file;
    return settings;
}

// One chunk at a time: the output is waited for.
class Writer {
public:
    Writer(const Options& options, capture::Interfaces& interfaces, uint32_t number)
        : options_(options), interfaces_(interfaces), number_(number) {
        auto output = capture::Output::create(output_settings(options, number), interfaces, {});
        must(output);
        output_ = std::move(*output);
        begin();
    }

    void take(const packet::Packet& packet, const packet::FlowKey& key, uint64_t flow_id) {
        const std::string comment = flow_id == 0 ? "" : fmt::format("flow={}", flow_id);
        const bool is_full =
            !builder_.has_room(packet.captured_length, static_cast<uint32_t>(comment.size())) ||
            builder_.header().captured_bytes + packet.captured_length > options_.chunk_bytes;
        if (!builder_.is_empty() && is_full) write_chunk();
        builder_.append({packet.data, packet.captured_length, packet.wire_length, packet.time_ns,
                         interfaces_.number_of(packet.port_index, packet.link), comment});
        if (flow_id == 0 || !seen_.insert(flow_id).second) return;
        builder_.add_flow(
            {flow_id,
             packets::tuple_key(key.protocol, key.src, key.src_port, key.dst, key.dst_port),
             {packets::host_key(key.src), packets::host_key(key.dst)},
             0,
             packets::none_before});
    }
    void finish() {
        if (!builder_.is_empty()) write_chunk();
        if (options_.seals) output_->finish();
        turn_while([&] { return options_.seals && !output_->is_idle(); });
    }

private:
    void begin() {
        seen_.clear();
        builder_.begin({memory_.data(), flows_}, number_, sequence_++);
    }
    void write_chunk() {
        builder_.seal();
        output_->submit({{memory_.data(), flows_}, number_, 0});
        capture::SealedChunk done;
        bool written = false;
        turn_while([&] { return !output_->take_done(done, written); });
        begin();
    }
    template <class Condition>
    void turn_while(const Condition& condition) {
        do {
            output_->poll(std::chrono::steady_clock::now().time_since_epoch() /
                          std::chrono::nanoseconds(1));
            output_->wait(std::chrono::microseconds(100));
        } while (condition());
    }

    const Options& options_;
    capture::Interfaces& interfaces_;
    const uint32_t number_;
    capture::AlignedBytes memory_{packets::chunk_bytes_max};
    std::vector<packets::ChunkFlow> flows_ =
        std::vector<packets::ChunkFlow>(packets::chunk_flows_max);
    packets::ChunkBuilder builder_;
    std::unordered_set<uint64_t> seen_;
    uint64_t sequence_ = 0;
    std::unique_ptr<capture::Output> output_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) die("CAPTURE FOLDER [SUFFIX [CHUNK_BYTES [CHUNKS_PER_FILE [WRITERS [END]]]]]");
    Options options{.folder = argv[2]};
    if (argc > 3) options.suffix = argv[3];
    if (argc > 4) options.chunk_bytes = static_cast<uint32_t>(std::atoi(argv[4]));
    if (argc > 5) options.chunks_per_file = static_cast<uint32_t>(std::atoi(argv[5]));
    if (argc > 6) options.writers = static_cast<uint32_t>(std::atoi(argv[6]));
    if (argc > 7) options.seals = std::string_view(argv[7]) != "leave";
    auto dissector = dissect::PacketDissector::create();
    must(dissector);
    capture::Interfaces interfaces;
    std::vector<std::unique_ptr<Writer>> writers;
    for (uint32_t number = 0; number < options.writers; number++)
        writers.push_back(std::make_unique<Writer>(options, interfaces, number));
    const auto batch = std::make_unique<packet::Batch>();
    packet::Notes notes{};
    test::each_packet(argv[1], [&](const packet::Packet& packet) {
        batch->count = 1;
        batch->clock_ns = packet.clock_ns;
        batch->packets[0] = packet;
        packet::parse_batch(*batch, {}, notes);
        const uint64_t flow_id = (*dissector)->take(*batch).flow_id;
        const bool has_flow = batch->verdicts[0] == packet::Verdict::counted_flow;
        const uint64_t hash = has_flow ? batch->hashes[0] : 0;
        writers[hash % options.writers]->take(packet, batch->keys[0], has_flow ? flow_id : 0);
    });
    for (const auto& writer : writers) writer->finish();
    // A dead writer closes nothing.
    if (!options.seals) std::_Exit(0);
    return 0;
}
