#include "dataplane/match/matcher.h"

#include <cstring>
#include <utility>

#include "dataplane/match/flow_group.h"
#include "dataplane/match/header_check.h"
#include "packet/ip.h"

namespace baleen::match {
namespace {

using ruleset::Side;
using stats::Counter;

// TCP: the responder has answered the handshake and the initiator that, or nothing is known of the
// handshake. Others: both sides have sent.
bool is_established(const flow::Flow& flow, const flow::TcpFlow& tcp) {
    if (flow.protocol != packet::protocol::tcp) return (flow.state & flow::answered) != 0;
    if ((flow.record_flags & record::has_tcp) == 0) return true;
    const uint32_t seen = tcp.sides[0].events_seen | tcp.sides[1].events_seen;
    if ((seen & (flow::sent_syn | flow::sent_syn_ack)) == 0) return true;
    const uint32_t initiator = (flow.state & flow::reversed) != 0 ? 1 : 0;
    return (seen & flow::sent_syn_ack) != 0 &&
           (flow.sides[initiator].tcp_flags & flow::has_acked) != 0;
}

}  // namespace

packet::FlowKey key_of(const flow::Flow& flow, uint32_t direction) {
    packet::FlowKey key{};
    std::memcpy(&key, &flow, flow::key_bytes);
    if (direction == 0) return key;
    std::swap(key.src, key.dst);
    std::swap(key.src_port, key.dst_port);
    return key;
}

base::Result<MatchMemory> MatchMemory::create(const MatchSettings& settings,
                                              uint64_t flow_count_max) {
    auto reassembler = stream::Reassembler::create(settings.streams);
    if (!reassembler) return reassembler.error();
    auto kept = KeptBytes::create(settings.kept_bytes, settings.streams.depth_bytes);
    if (!kept) return kept.error();
    auto scans = base::HugeMemory::allocate(settings.streams.contexts_max * sizeof(FlowScan));
    if (!scans) return scans.error();
    auto handles = base::HugeMemory::allocate(flow_count_max * sizeof(uint32_t));
    if (!handles) return handles.error();
    return MatchMemory{std::move(*reassembler), std::move(*kept), std::move(*scans),
                       std::move(*handles)};
}

Matcher::Matcher(MatchMemory memory, const MatchSettings& settings, flow::FlowTracker& flows,
                 ring::Writer& ring, dataplane::Counters& counters)
    : memory_(std::move(memory)),
      settings_(settings),
      flows_(flows),
      counters_(counters),
      report_(settings, flows, ring, counters),
      scans_(memory_.scans.as<FlowScan>(settings.streams.contexts_max)),
      handles_(memory_.handles.as<uint32_t>(flows.capacity())) {}

void Matcher::offer(WorkerRules* rules) {
    WorkerRules* missed = offered_.exchange(rules, std::memory_order_acq_rel);
    if (missed != nullptr) missed->has_left.store(true, std::memory_order_release);
}

void Matcher::take_offer() {
    if (offered_.load(std::memory_order_relaxed) == nullptr) return;
    WorkerRules* offered = offered_.exchange(nullptr, std::memory_order_acquire);
    WorkerRules* old = std::exchange(rules_, offered);
    // ORDER: whoever sees that the worker has left sees all that it has written there.
    if (old != nullptr && old->flows == 0) old->has_left.store(true, std::memory_order_release);
}

void Matcher::begin_batch(packet::Batch& batch) {
    take_offer();
    lanes_.begin(batch);
}

void Matcher::match_batch() {
    if (rules_ == nullptr) return lanes_.end();
    lanes_.visit_rest([&](uint32_t lane) { match_lane(lane); });
}

void Matcher::telling(uint32_t flow) {
    if (rules_ == nullptr) return;
    lanes_.visit_flow(flow, [&](uint32_t lane) { match_lane(lane); });
}

void Matcher::ending(uint32_t flow) {
    telling(flow);
    end_streams(flow);
}

// What tells that a flow is established lies in lines that nobody else needs: it is looked at for
// rules that ask.
FlowFacts Matcher::facts_of(const ruleset::Rule& rule, uint32_t flow, Side side) const {
    return {side, rule.flow_state != ruleset::FlowState::any &&
                      is_established(flows_.flow(flow), flows_.tcp(flow))};
}

void Matcher::match_lane(uint32_t lane) {
    const packet::Batch& batch = lanes_.batch();
    const packet::Layers& layers = batch.layers[lane];
    const packet::Packet& packet = batch.packets[lane];
    const uint32_t index = batch.flows[lane].index, direction = batch.flows[lane].direction;
    const flow::Flow& flow = flows_.flow(index);
    const Side side = side_of(flow, direction);
    const Subject subject{
        .lane = lane,
        .flow = index,
        .direction = direction,
        .side = side,
        .group = group_of(rules_->generation.image(), flow, side),
        .payload = {packet.data + layers.payload_offset, layers.payload_length},
    };
    match_packet(subject);
    if (batch.keys[lane].protocol == packet::protocol::tcp) match_segment(subject);
}

void Matcher::match_packet(const Subject& subject) {
    const ruleset::Image& image = rules_->generation.image();
    const ruleset::Group& group = image.groups()[subject.group];
    if (group.packet_database == ruleset::absent && group.packet_rules.count == 0) return;
    const packet::Packet& packet = lanes_.batch().packets[subject.lane];
    Sighting sighting{.flow = subject.flow,
                      .direction = subject.direction,
                      .side = subject.side,
                      .flags = 0,
                      .time_ns = packet.time_ns,
                      .clock_ns = packet.clock_ns,
                      .offset = 0,
                      .begin = 0,
                      .bytes = subject.payload};
    sighting.icmp_type = lanes_.batch().layers[subject.lane].icmp_type;
    sighting.icmp_code = lanes_.batch().layers[subject.lane].icmp_code;
    if (group.packet_database != ruleset::absent && !subject.payload.empty()) {
        Scan scan{*this, *rules_, sighting, nullptr, &subject, 0};
        GroupCount& count = rules_->groups[subject.group];
        timed(count.scan_ticks, [&] {
            return ::hs_scan(rules_->generation.database(group.packet_database),
                             reinterpret_cast<const char*>(subject.payload.data()),
                             static_cast<unsigned>(subject.payload.size()), 0,
                             rules_->scratch.get(), on_match, &scan);
        });
        count.packet_bytes.add(subject.payload.size());
        counters_[Counter::match_packet_bytes] += subject.payload.size();
    }
    for (const uint32_t rule : image.rule_list(group.packet_rules))
        judge_packet(*rules_, rule, sighting, subject);
}

void Matcher::judge_packet(WorkerRules& rules, uint32_t index, Sighting& sighting,
                           const Subject& subject) {
    const HotRule& rule = rules.rules[index];
    if ((rule.flags & ruleset::on_packets) == 0 || !concerns_packet(rules, index, subject)) return;
    if ((rule.flags & ruleset::direct) == 0) {
        const Judgement judgement = judge(rules, index, subject.payload);
        if (judgement.verdict != Verdict::hit) return;
        sighting.offset = judgement.match_end;
    }
    report_.hit(rules, index, sighting);
}

bool Matcher::concerns_packet(const WorkerRules& rules, uint32_t index,
                              const Subject& subject) const {
    const HotRule& hot = rules.rules[index];
    const packet::FlowKey& key = lanes_.batch().keys[subject.lane];
    if ((hot.protocols & ruleset::protocol_bit(protocol_of(key.protocol))) == 0) return false;
    if (hot.takes_any) return true;
    const ruleset::Image& image = rules.generation.image();
    const ruleset::Rule& rule = image.rules()[index];
    return match::concerns_packet(image, rule, lanes_.batch().packets[subject.lane],
                                  lanes_.batch().layers[subject.lane], key,
                                  facts_of(rule, subject.flow, subject.side));
}

Judgement Matcher::judge(WorkerRules& rules, uint32_t index, std::span<const uint8_t> bytes) {
    const Generation& generation = rules.generation;
    HotRule& count = rules.rules[index];
    const Judgement judgement = timed(count.judged_ticks, [&] {
        return generation.judge().judge(generation.image().rules()[index], bytes, *rules.judging);
    });
    count.judged.add(1);
    if (judgement.verdict == Verdict::gave_up) counters_[Counter::match_gave_up]++;
    return judgement;
}

// Hyperscan has found a pattern that ends at `to`.
int Matcher::on_match(unsigned id, unsigned long long, unsigned long long to, unsigned,
                      void* context) {
    const Scan& scan = *static_cast<const Scan*>(context);
    const Generation& generation = scan.rules.generation;
    // What a hit counts in lies far away, and is asked for while the rule is looked at.
    scan.matcher.flows_.prefetch_matches(scan.sighting.flow);
    const uint32_t only_rule = generation.only_rule_of(id);
    scan.sighting.offset = scan.begin + to;
    if (only_rule != Generation::several) {
        scan.matcher.take_sign(scan, only_rule);
        return 0;
    }
    const ruleset::Image& image = generation.image();
    for (const uint32_t rule : image.pattern_rules(image.patterns()[id].rules)) {
        scan.sighting.offset = scan.begin + to;
        scan.matcher.take_sign(scan, rule);
    }
    return 0;
}

}  // namespace baleen::match
