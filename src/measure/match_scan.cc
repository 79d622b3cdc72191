#include "measure/match_scan.h"

#include "dataplane/flow/due_lanes.h"
#include "dataplane/stream/reassembler.h"
#include "packet/ip.h"

namespace baleen::measure {
namespace {

// A stage behind the flow stage that writes down what is to be scanned.
class Recorder final : public flow::FlowEndListener {
public:
    Recorder(const flow::FlowTracker& flows, stream::Reassembler reassembler, bool streams,
             ScanList& list)
        : reassembler_(std::move(reassembler)),
          streams_(streams),
          contexts_(flows.capacity(), {stream::handle_absent, 0}),
          list_(list) {}

    void begin(packet::Batch& batch) { lanes_.begin(batch); }
    void take(packet::Batch&) {
        lanes_.visit_rest([&](uint32_t lane) { take_lane(lane); });
    }
    void telling(uint32_t flow) override {
        lanes_.visit_flow(flow, [&](uint32_t lane) { take_lane(lane); });
    }
    void ending(uint32_t flow) override {
        telling(flow);
        const Streams known = std::exchange(contexts_[flow], {stream::handle_absent, 0});
        if (known.context == stream::handle_absent) return;
        reassembler_.flush(known.context, [&](const auto& chunk) { add(known, chunk, {}); });
        reassembler_.release(known.context);
    }

private:
    struct Streams {
        uint32_t context;
        uint32_t first;  // of both directions'
    };

    void take_lane(uint32_t lane) {
        const packet::Batch& batch = lanes_.batch();
        const packet::Layers& layers = batch.layers[lane];
        const stream::Bytes payload(batch.packets[lane].data + layers.payload_offset,
                                    layers.payload_length);
        if (streams_ && batch.keys[lane].protocol == packet::protocol::tcp)
            take_segment(lane, payload);
        else if (!payload.empty()) add(Piece::no_stream, payload, false);
    }

    void take_segment(uint32_t lane, stream::Bytes payload) {
        const packet::Batch& batch = lanes_.batch();
        const auto [flow, direction, is_counted] = batch.flows[lane];
        flow::Segment segment;
        if (!flow::read_segment(batch.packets[lane], batch.layers[lane], segment)) return;
        Streams& known = contexts_[flow];
        if (known.context == stream::handle_absent) {
            known = {reassembler_.acquire(), list_.stream_count};
            list_.stream_count += 2;
        }
        reassembler_.take(known.context, direction, segment, payload,
                          [&](const auto& chunk) { add(known, chunk, payload); });
    }

    // What does not lie in the packet at hand lies where others will.
    void add(const Streams& known, const stream::Chunk& chunk, stream::Bytes packet) {
        stream::Bytes bytes = chunk.bytes;
        const bool is_own =
            bytes.data() >= packet.data() && bytes.data() < packet.data() + packet.size();
        if (!is_own) bytes = list_.copies.emplace_back(bytes.begin(), bytes.end());
        add(known.first + chunk.direction, bytes, chunk.after_gap);
    }
    void add(uint32_t stream, stream::Bytes bytes, bool after_gap) {
        list_.pieces.push_back(
            {bytes.data(), static_cast<uint32_t>(bytes.size()), stream, after_gap});
        list_.bytes += bytes.size();
    }

    stream::Reassembler reassembler_;
    const bool streams_;
    std::vector<Streams> contexts_;  // of each flow
    ScanList& list_;
    flow::DueLanes lanes_;
};

int count(unsigned, unsigned long long, unsigned long long, unsigned, void* hits) {
    ++*static_cast<uint64_t*>(hits);
    return 0;
}

}  // namespace

base::Result<ScanList> list_pieces(std::vector<packet::Packet> packets,
                                   const dataplane::WorkerSettings& settings, bool streams) {
    auto flows = MatchFlows::create(std::move(packets), settings);
    if (!flows) return flows.error();
    auto reassembler = stream::Reassembler::create(settings.match.streams);
    if (!reassembler) return reassembler.error();
    ScanList list;
    Recorder recorder((*flows)->flows(), std::move(*reassembler), streams, list);
    (*flows)->flows().add_end_listener(recorder);
    (*flows)->play_round(recorder);
    return list;
}

BareScan::BareScan(const ScanList& list, match::WorkerRules& rules)
    : list_(list), rules_(rules), streams_(list.stream_count) {
    const match::Generation& generation = rules.generation;
    const auto databases = generation.image().databases();
    for (uint32_t i = 0; i < databases.size(); i++)
        (databases[i].mode == ruleset::DatabaseMode::block ? block_ : stream_) =
            generation.database(i);
}

void BareScan::play_round() {
    const match::StreamMemory::Use use(rules_.memory);
    hs_scratch_t* scratch = rules_.scratch.get();
    for (const Piece& piece : list_.pieces) {
        const auto* data = reinterpret_cast<const char*>(piece.data);
        if (piece.stream == Piece::no_stream) {
            ::hs_scan(block_, data, piece.bytes, 0, scratch, count, &hits_);
            continue;
        }
        hs_stream_t*& stream = streams_[piece.stream];
        if (stream == nullptr) ::hs_open_stream(stream_, 0, &stream);
        else if (piece.after_gap) ::hs_reset_stream(stream, 0, scratch, nullptr, nullptr);
        ::hs_scan_stream(stream, data, piece.bytes, 0, scratch, count, &hits_);
    }
    for (hs_stream_t*& stream : streams_)
        if (stream != nullptr) {
            ::hs_close_stream(stream, scratch, count, &hits_);
            stream = nullptr;
        }
}

}  // namespace baleen::measure
