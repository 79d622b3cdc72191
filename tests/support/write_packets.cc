// write_packets CAPTURE FOLDER [SUFFIX [CHUNK_BYTES [CHUNKS_PER_FILE [WRITERS [END]]]]]: files of
// packets as a run writes them, out of a capture, for tests of what finds and reads them.
//
// SUFFIX: pcapng, pcapng.zst, pcapng.lz4 or pcap. END: seal, or leave (as a dead writer does).
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <lz4frame.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "dissect/packet_dissector.h"
#include "packet/parser.h"
#include "packets/block.h"
#include "packets/chunk_builder.h"
#include "packets/file.h"
#include "packets/index_log.h"
#include "tests/support/each_packet.h"

using namespace baleen;
using packets::put;

namespace {

using Buffer = std::vector<uint8_t>;

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

void pad(Buffer& bytes, bool compressed) {
    const size_t over = bytes.size() % packets::chunk_alignment;
    if (over == 0) return;
    size_t missing = packets::chunk_alignment - over;
    if (missing < packets::block_frame_bytes) missing += packets::chunk_alignment;
    const size_t at = bytes.size();
    bytes.resize(at + missing);
    if (!compressed) {
        packets::put_padding(&bytes[at], static_cast<uint32_t>(missing));
        return;
    }
    put(put(&bytes[at], uint32_t{0x184d2a50}), static_cast<uint32_t>(missing - 8));
}

// As stored: a frame of its own, padded.
Buffer encode(const Options& options, std::span<const uint8_t> plain) {
    Buffer out;
    if (options.suffix.ends_with(".zst")) {
        out.resize(ZSTD_compressBound(plain.size()));
        out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 1));
    } else if (options.suffix.ends_with(".lz4")) {
        out.resize(LZ4F_compressFrameBound(plain.size(), nullptr));
        out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), nullptr));
    } else {
        return {plain.begin(), plain.end()};
    }
    pad(out, true);
    return out;
}

// Where the head has interfaces: those of all packets so far.
Buffer section_header() {
    Buffer block(28);
    uint8_t* to = packets::begin_block(block.data(), packets::BlockType::section_header, 28);
    to = put(put(put(to, uint32_t{0x1a2b3c4d}), uint16_t{1}), uint16_t{0});
    put(put(to, UINT64_MAX), uint32_t{28});
    return block;
}

class Writer {
public:
    Writer(const Options& options, uint32_t number)
        : options_(options),
          number_(number),
          memory_(packets::chunk_bytes_max + packets::chunk_alignment),
          flows_(packets::chunk_flows_max) {
        begin();
    }

    void take(const packet::Packet& packet, const packet::FlowKey& key, uint64_t flow_id) {
        const std::string comment = flow_id == 0 ? "" : fmt::format("flow={}", flow_id);
        const packets::PacketFacts facts = {
            packet.data, packet.captured_length, packet.wire_length, packet.time_ns, 0, comment};
        const auto comment_bytes = static_cast<uint32_t>(comment.size());
        const bool is_full = !builder_.has_room(packet.captured_length, comment_bytes) ||
                             filled_ + packet.captured_length > options_.chunk_bytes;
        if (!builder_.is_empty() && is_full) write_chunk();
        link_ = packet.link;
        if (options_.suffix == "pcap")
            records_.push_back({Buffer(packet.data, packet.data + packet.captured_length), facts});
        builder_.append(facts);
        filled_ += packet.captured_length;
        if (flow_id == 0 || !seen_.insert({flow_id, 0}).second) return;
        builder_.add_flow(
            {flow_id,
             packets::tuple_key(key.protocol, key.src, key.src_port, key.dst, key.dst_port),
             {packets::host_key(key.src), packets::host_key(key.dst)},
             0,
             packets::none_before});
    }
    void finish() {
        if (!builder_.is_empty()) write_chunk();
        if (log_) close();
    }

private:
    struct Record {
        Buffer bytes;
        packets::PacketFacts facts;
    };

    void begin() {
        seen_.clear();
        records_.clear();
        filled_ = 0;
        builder_.begin({memory_.data(), flows_}, number_, sequence_++);
    }
    void open(int64_t first_ns) {
        const auto time = fmt::gmtime(static_cast<std::time_t>(first_ns / 1'000'000'000));
        path_ = fmt::format("{}/packets-{:%Y%m%dT%H%M%SZ}-1-{}-{:06}.{}", options_.folder, time,
                            number_, files_++, options_.suffix);
        auto fd = packets::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC);
        must(fd);
        fd_ = *std::move(fd);
        auto log = packets::IndexLog::create(path_);
        must(log);
        log_.emplace(*std::move(log));
        offset_ = 0;
        chunks_ = 0;
        write(head());
    }
    Buffer head() const {
        if (options_.suffix == "pcap") {
            Buffer head(24);
            uint8_t* to = put(put(put(head.data(), 0xa1b23c4du), uint16_t{2}), uint16_t{4});
            put(put(put(to, uint64_t{0}), uint32_t{262144}), static_cast<uint32_t>(link_));
            return head;
        }
        Buffer head = section_header();
        const auto interface = packets::make_interface(link_);
        head.insert(head.end(), interface.block.begin(), interface.block.end());
        if (options_.suffix != "pcapng") return encode(options_, head);
        pad(head, false);
        return head;
    }
    void write(const Buffer& bytes) {
        must(packets::write_all(fd_.get(), path_, bytes));
        offset_ += bytes.size();
    }
    Buffer run_of_records() const {
        Buffer out;
        for (const Record& record : records_) {
            const auto& facts = record.facts;
            uint8_t head[16];
            uint8_t* to = put(head, static_cast<uint32_t>(facts.time_ns / 1'000'000'000));
            to = put(to, static_cast<uint32_t>(facts.time_ns % 1'000'000'000));
            put(put(to, facts.captured_bytes), facts.wire_bytes);
            out.insert(out.end(), head, head + 16);
            out.insert(out.end(), record.bytes.begin(), record.bytes.end());
        }
        return out;
    }
    void write_chunk() {
        packets::ChunkBlock chunk = builder_.seal();
        if (!log_) open(chunk.first_ns);
        const Buffer stored = options_.suffix == "pcap"
                                  ? run_of_records()
                                  : encode(options_, {memory_.data(), chunk.chunk_bytes});
        must(log_->append(chunk, offset_, static_cast<uint32_t>(stored.size()),
                          std::span(flows_).first(chunk.flows)));
        write(stored);
        if (++chunks_ == options_.chunks_per_file) close();
        begin();
    }
    void close() {
        if (options_.seals) must(log_->seal(offset_));
        else must(log_->flush());
        log_.reset();
    }

    const Options& options_;
    uint32_t number_;
    Buffer memory_;
    std::vector<packets::ChunkFlow> flows_;
    packets::ChunkBuilder builder_;
    std::unordered_map<uint64_t, int> seen_;
    std::vector<Record> records_;
    uint64_t filled_ = 0;
    uint64_t sequence_ = 0;
    packet::LinkType link_ = packet::LinkType::ethernet;
    std::string path_;
    base::FileDescriptor fd_;
    std::optional<packets::IndexLog> log_;
    uint64_t offset_ = 0;
    uint32_t chunks_ = 0;
    uint32_t files_ = 0;
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
    std::vector<std::unique_ptr<Writer>> writers;
    for (uint32_t number = 0; number < options.writers; number++)
        writers.push_back(std::make_unique<Writer>(options, number));
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
    return 0;
}
