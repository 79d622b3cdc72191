#include "cli/packet_matcher.h"

#include <algorithm>

#include "cli/packet_fields.h"
#include "packets/chunk_keys.h"

namespace baleen::cli {

void PacketMatcher::add(const packets::PacketView& view, packet::LinkType link, Worker& worker) {
    packet::Packet packet = packets::to_parse(view, link);
    packet.clock_ns = worker.clock.advance(view.time_ns);
    views_[batch_.count] = view;
    batch_.packets[batch_.count++] = packet;
}

bool PacketMatcher::wants(uint32_t lane) const {
    const packets::PacketView& view = views_[lane];
    if (!wishes_.range.has(view.time_ns)) return false;
    if (!wishes_.flows.wants(view, batch_.keys[lane])) return false;
    const packet::Packet& packet = batch_.packets[lane];
    if (wishes_.pcap_filter.is_active() && !wishes_.pcap_filter.accepts(packet)) return false;
    if (wishes_.filter.root() == nullptr) return true;
    dissect::PacketDissector::Dissected told;
    told.flow_id = packets::flow_of_comment(view.comment);
    constexpr uint64_t no_number = 0;
    const packet::Parsed parsed{packet, batch_.verdicts[lane], batch_.keys[lane],
                                batch_.layers[lane], batch_.outer[lane]};
    return PacketSubject(parsed, no_number, told).matches(wishes_.filter);
}

void PacketMatcher::keep_batch(const packets::PacketFile& file, Worker& worker,
                               packets::Merge::Kept& kept) {
    batch_.clock_ns = worker.clock.now_ns();
    packet::Notes notes{};
    parse_batch_(batch_, {}, notes);
    worker.linker.link(batch_);
    for (uint32_t lane = 0; lane < batch_.count; lane++) {
        if (!wants(lane)) continue;
        packets::PacketView view = views_[lane];
        view.interface = output_.interface_number(file.interfaces()[view.interface]);
        kept.add(view);
    }
    batch_.count = 0;
}

uint64_t PacketMatcher::keep(const packets::PacketFile& file, uint32_t worker_number,
                             packets::Bytes chunk, packets::Merge::Kept& kept) {
    Worker& worker = workers_[worker_number % workers_max];
    uint64_t left_out = 0;
    packets::PacketCursor cursor(chunk, file.is_pcap());
    while (const auto view = cursor.next()) {
        if (view->interface >= file.interfaces().size()) {
            left_out++;
            continue;
        }
        add(*view, file.interfaces()[view->interface].link, worker);
        if (batch_.count == limits::lane_count) keep_batch(file, worker, kept);
    }
    keep_batch(file, worker, kept);
    kept.finish();
    return left_out;
}

}  // namespace baleen::cli
