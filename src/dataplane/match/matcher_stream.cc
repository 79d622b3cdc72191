// The match stage's TCP side: streams put in order, scanned as they grow, and judged.
#include "dataplane/flow/known_syns.h"
#include "dataplane/match/flow_group.h"
#include "dataplane/match/matcher.h"

#include <algorithm>
#include <utility>

namespace baleen::match {
namespace {

using ruleset::Group;
using ruleset::Protocol;
using stats::Counter;

// Values of `handles_` below this say what the flow is; from it on, which context it has.
enum HandleValue : uint32_t {
    nothing_yet,  // no payload has come
    unwanted,     // no rule looks at its streams, or they have been looked at to the end
    chunkwise,    // there was no context for it: each segment by itself
    first_handle,
};

bool wants_streams(const Group& group) {
    return group.stream_database != ruleset::absent || group.stream_rules.count > 0;
}

// A rule that was judged in vain is judged again when there is twice as much: so all its judgements
// together cost no more than two of the whole.
constexpr uint32_t judging_growth = 2;
// match.stream_depth is at most 64 MiB.
constexpr uint32_t judged_bytes_mask = (1u << 30) - 1;

}  // namespace

void Matcher::match_segment(const Subject& subject) {
    uint32_t& handle = handles_[subject.flow];
    if (handle < first_handle && subject.payload.empty()) return;
    const packet::Packet& packet = lanes_.batch().packets[subject.lane];
    flow::Segment segment;
    if (!flow::read_segment(packet, lanes_.batch().layers[subject.lane], segment)) return;
    if (handle == nothing_yet) handle = begin_streams(subject, segment);
    if (handle == chunkwise) match_chunkwise(subject);
    if (handle < first_handle) return;
    const uint32_t context = handle - first_handle;
    const int64_t time_ns = packet.time_ns, clock_ns = packet.clock_ns;
    memory_.reassembler.take(
        context, subject.direction, segment, subject.payload,
        [&](const stream::Chunk& chunk) { scan_chunk(context, chunk, time_ns, clock_ns); });
    finish_closed(context, time_ns, clock_ns);
    const FlowScan& scan = scans_[context];
    if (!scan.sides[0].is_done || !scan.sides[1].is_done) return;
    leave(context);
    handle = unwanted;
}

uint32_t Matcher::begin_streams(const Subject& subject, const flow::Segment& segment) {
    const ruleset::Image& image = rules_->generation.image();
    flow::Flow& flow = flows_.flow(subject.flow);
    std::array<uint16_t, 2> groups;
    for (const uint32_t direction : {0u, 1u})
        groups[direction] = group_of(image, flow, side_of(flow, direction));
    flow.is_matched = true;
    const bool is_wanted =
        wants_streams(image.groups()[groups[0]]) || wants_streams(image.groups()[groups[1]]);
    if (!is_wanted || (flow.record_flags & record::aggregated) != 0) return unwanted;
    const uint32_t context = memory_.reassembler.acquire();
    if (context == stream::handle_absent) {
        counters_[Counter::match_streams_full]++;
        return chunkwise;
    }
    FlowScan& scan = scans_[context];
    scan = {};
    scan.rules = rules_;
    scan.flow = subject.flow;
    rules_->flows++;
    const auto take_syn = [&](uint32_t direction, const flow::Segment& syn) {
        memory_.reassembler.take(context, direction, syn, {}, [](const stream::Chunk&) {});
    };
    if (!segment.has(packet::tcp::syn)) flow::tell_known_syns(flows_, subject.flow, take_syn);
    for (const uint32_t direction : {0u, 1u}) {
        scan.sides[direction].group = groups[direction];
        if (wants_streams(image.groups()[groups[direction]])) continue;
        scan.sides[direction].is_done = true;
        memory_.reassembler.stop(context, direction);
    }
    return context + first_handle;
}

void Matcher::scan_chunk(uint32_t context, const stream::Chunk& chunk, int64_t time_ns,
                         int64_t clock_ns) {
    FlowScan& scan = scans_[context];
    ScanSide& side = scan.sides[chunk.direction];
    if (side.is_done) return;
    Sighting sighting{.flow = scan.flow,
                      .direction = chunk.direction,
                      .side = side_of(flows_.flow(scan.flow), chunk.direction),
                      .flags = record::on_stream,
                      .time_ns = time_ns,
                      .clock_ns = clock_ns,
                      .offset = chunk.offset,
                      .begin = chunk.offset,
                      .bytes = chunk.bytes};
    if (chunk.after_gap) pass_gap(scan, chunk.direction, sighting);
    if (side.has_gap) sighting.flags |= record::behind_gap;
    const Group& group = scan.rules->generation.image().groups()[side.group];
    if (group.keeps_bytes != 0 && !side.has_lost && !memory_.kept.append(side.kept, chunk.bytes)) {
        side.has_lost = true;
        counters_[Counter::match_kept_full]++;
    }
    if (group.stream_database != ruleset::absent) scan_bytes(scan, chunk.direction, sighting);
    judge_watched(scan, chunk.direction, false, sighting);
}

// Nothing is found across bytes that were never seen: what is watched is judged on what came
// before, and Hyperscan begins anew.
void Matcher::pass_gap(FlowScan& scan, uint32_t direction, Sighting& sighting) {
    ScanSide& side = scan.sides[direction];
    judge_watched(scan, direction, true, sighting);
    side.has_gap = side.has_lost = true;
    side.scan_begin = sighting.begin;
    memory_.kept.release(side.kept);
    leave_shelf(*scan.rules, side);
    if (side.stream != nullptr)
        ::hs_reset_stream(side.stream, 0, scan.rules->scratch.get(), nullptr, nullptr);
}

void Matcher::scan_bytes(FlowScan& scan, uint32_t direction, Sighting& sighting) {
    ScanSide& side = scan.sides[direction];
    WorkerRules& rules = *scan.rules;
    const Generation& generation = rules.generation;
    const uint32_t index = generation.image().groups()[side.group].stream_database;
    hs_stream_t* stream = side.is_blockwise ? nullptr : stream_of(scan, side, index);
    if (stream == nullptr) {
        if (!side.is_blockwise) counters_[Counter::match_states_full]++;
        side.is_blockwise = true;
        leave_shelf(rules, side);
        stream = rules.spares[index];
        ::hs_reset_stream(stream, 0, rules.scratch.get(), nullptr, nullptr);
        side.scan_begin = sighting.begin;
    }
    Scan context{*this, rules, sighting, &scan, nullptr, side.scan_begin};
    GroupCount& count = rules.groups[side.group];
    timed(count.scan_ticks, [&] {
        return ::hs_scan_stream(stream, reinterpret_cast<const char*>(sighting.bytes.data()),
                                static_cast<unsigned>(sighting.bytes.size()), 0,
                                rules.scratch.get(), on_match, &context);
    });
    count.stream_bytes.add(sighting.bytes.size());
    counters_[Counter::match_stream_bytes] += sighting.bytes.size();
}

// A pattern of the rule was seen.
void Matcher::take_sign(const Scan& scan, uint32_t index) {
    WorkerRules& rules = scan.rules;
    if (scan.subject != nullptr) return judge_packet(rules, index, scan.sighting, *scan.subject);
    Sighting& sighting = scan.sighting;
    const HotRule& rule = rules.rules[index];
    if ((rule.flags & ruleset::on_streams) == 0 || !concerns_stream(rules, index, sighting)) return;
    const bool is_direct = (rule.flags & ruleset::direct) != 0;
    if (!is_direct && scan.scan != nullptr) return watch(*scan.scan, sighting.direction, index);
    // Hyperscan takes for a start what is none: behind a gap, and in every piece that is scanned by
    // itself. A piece has no end, either, that speaks for a rule.
    const bool is_piece = scan.scan == nullptr || scan.begin != 0;
    if (is_piece &&
        (rules.generation.counts_from_start(index) || (rule.flags & ruleset::judged_at_end) != 0)) {
        counters_[Counter::match_unjudged]++;
    } else if (is_direct) {
        report_.hit(rules, index, sighting);
    } else {
        judge_chunk(rules, index, sighting);
    }
}

bool Matcher::concerns_stream(const WorkerRules& rules, uint32_t index,
                              const Sighting& sighting) const {
    const HotRule& hot = rules.rules[index];
    if (hot.takes_any) return (hot.protocols & ruleset::protocol_bit(Protocol::tcp)) != 0;
    const ruleset::Image& image = rules.generation.image();
    const ruleset::Rule& rule = image.rules()[index];
    return concerns_flow(image, rule, key_of(flows_.flow(sighting.flow), sighting.direction),
                         facts_of(rule, sighting.flow, sighting.side));
}

// Of a flow without a context there is nothing but the segment at hand.
void Matcher::judge_chunk(WorkerRules& rules, uint32_t index, const Sighting& sighting) {
    const Judgement judgement = judge(rules, index, sighting.bytes);
    if (judgement.verdict != Verdict::hit) return;
    Sighting found = sighting;
    found.offset = judgement.match_end;
    report_.hit(rules, index, found);
}

void Matcher::watch(FlowScan& scan, uint32_t direction, uint32_t rule) {
    for (uint32_t i = 0; i < scan.watched_count; i++)
        if (scan.watched[i].rule == rule && scan.watched[i].direction == direction) return;
    const Watched begun{rule, 0, direction & 1, false};
    if (scan.watched_count < watched_max) {
        scan.watched[scan.watched_count++] = begun;
        return;
    }
    // One that is decided gives way, for Hyperscan tells of a pattern once in a stream; but where
    // it is asked chunk by chunk, it does so again and again.
    const auto spare = std::ranges::find_if(scan.watched, [&](const Watched& watched) {
        return watched.is_decided != 0 && !scan.sides[watched.direction].is_blockwise;
    });
    if (spare != scan.watched.end()) *spare = begun;
    else counters_[Counter::match_unjudged]++;
}

void Matcher::judge_watched(FlowScan& scan, uint32_t direction, bool is_end, Sighting& sighting) {
    std::span<const uint8_t> bytes;
    bool is_whole = false;
    for (uint32_t i = 0; i < scan.watched_count; i++) {
        Watched& watched = scan.watched[i];
        if (watched.direction != direction || watched.is_decided) continue;
        const ruleset::Rule& rule = scan.rules->generation.image().rules()[watched.rule];
        const Kept& kept = scan.sides[direction].kept;
        const bool is_due = is_end || ((rule.flags & ruleset::judged_at_end) == 0 &&
                                       kept.bytes >= judging_growth * watched.judged_bytes);
        if (!is_due) continue;
        if (!is_whole) bytes = memory_.kept.whole(kept);
        is_whole = true;
        judge_stream(scan, watched, is_end, bytes, sighting);
    }
}

void Matcher::judge_stream(FlowScan& scan, Watched& watched, bool is_end,
                           std::span<const uint8_t> bytes, Sighting& sighting) {
    WorkerRules& rules = *scan.rules;
    if (scan.sides[watched.direction].has_lost) {
        watched.is_decided = true;
        counters_[Counter::match_unjudged]++;
        return;
    }
    const Judgement judgement = judge(rules, watched.rule, bytes);
    watched.judged_bytes = static_cast<uint32_t>(bytes.size()) & judged_bytes_mask;
    watched.is_decided = is_end || judgement.verdict != Verdict::miss;
    if (judgement.verdict != Verdict::hit) return;
    Sighting found = sighting;
    found.offset = judgement.match_end;
    found.begin = 0;
    found.bytes = bytes;
    report_.hit(rules, watched.rule, found);
}

// Directions that have ended by themselves, or have been read as far as anybody wants.
void Matcher::finish_closed(uint32_t context, int64_t time_ns, int64_t clock_ns) {
    FlowScan& scan = scans_[context];
    for (const uint32_t direction : {0u, 1u}) {
        if (scan.sides[direction].is_done) continue;
        const stream::Direction& state = memory_.reassembler.direction(context, direction);
        if (!state.has(stream::closed)) continue;
        Sighting sighting{.flow = scan.flow,
                          .direction = direction,
                          .side = side_of(flows_.flow(scan.flow), direction),
                          .flags = record::on_stream,
                          .time_ns = time_ns,
                          .clock_ns = clock_ns,
                          .offset = state.offset,
                          .begin = state.offset,
                          .bytes = {}};
        finish(scan, direction, sighting);
    }
}

void Matcher::finish(FlowScan& scan, uint32_t direction, Sighting& sighting) {
    ScanSide& side = scan.sides[direction];
    WorkerRules& rules = *scan.rules;
    if (side.has_gap) sighting.flags |= record::behind_gap;
    const ruleset::Image& image = rules.generation.image();
    // No pattern of a stream database waits for the end (docs/ruleset.md).
    leave_shelf(rules, side);
    if (side.stream != nullptr) {
        const StreamMemory::Use use(rules.memory);
        ::hs_close_stream(std::exchange(side.stream, nullptr), nullptr, nullptr, nullptr);
    }
    if (side.kept.bytes > 0)
        for (const uint32_t rule : image.rule_list(image.groups()[side.group].stream_rules))
            judge_alone(scan, direction, rule, sighting);
    judge_watched(scan, direction, true, sighting);
    memory_.kept.release(side.kept);
    side.is_done = true;
}

// A rule without a pattern, at the end of a direction.
void Matcher::judge_alone(FlowScan& scan, uint32_t direction, uint32_t index, Sighting& sighting) {
    if (!concerns_stream(*scan.rules, index, sighting)) return;
    Watched watched{index, 0, direction & 1, false};
    judge_stream(scan, watched, true, memory_.kept.whole(scan.sides[direction].kept), sighting);
}

void Matcher::end_streams(uint32_t flow) {
    if (!std::exchange(flows_.flow(flow).is_matched, false)) return;
    const uint32_t handle = std::exchange(handles_[flow], nothing_yet);
    if (handle < first_handle) return;
    const uint32_t context = handle - first_handle;
    const int64_t time_ns = last_ns(flows_.flow(flow));
    const int64_t clock_ns = flows_.flow(flow).last_clock_ns;
    memory_.reassembler.flush(context, [&](const stream::Chunk& chunk) {
        scan_chunk(context, chunk, time_ns, clock_ns);
    });
    finish_closed(context, time_ns, clock_ns);
    leave(context);
}

void Matcher::leave(uint32_t context) {
    WorkerRules& rules = *scans_[context].rules;
    memory_.reassembler.release(context);
    // ORDER: whoever sees that the worker has left sees all that it has written there.
    if (--rules.flows == 0 && &rules != rules_)
        rules.has_left.store(true, std::memory_order_release);
}

// A segment of a flow without a context, by the newest rules.
void Matcher::match_chunkwise(const Subject& subject) {
    const Group& group = rules_->generation.image().groups()[subject.group];
    if (group.stream_database == ruleset::absent || subject.payload.empty()) return;
    const packet::Packet& packet = lanes_.batch().packets[subject.lane];
    Sighting sighting{.flow = subject.flow,
                      .direction = subject.direction,
                      .side = subject.side,
                      .flags = record::on_stream | record::behind_gap,
                      .time_ns = packet.time_ns,
                      .clock_ns = packet.clock_ns,
                      .offset = 0,
                      .begin = 0,
                      .bytes = subject.payload};
    hs_stream_t* stream = rules_->spares[group.stream_database];
    ::hs_reset_stream(stream, 0, rules_->scratch.get(), nullptr, nullptr);
    Scan context{*this, *rules_, sighting, nullptr, nullptr, 0};
    GroupCount& count = rules_->groups[subject.group];
    timed(count.scan_ticks, [&] {
        return ::hs_scan_stream(stream, reinterpret_cast<const char*>(subject.payload.data()),
                                static_cast<unsigned>(subject.payload.size()), 0,
                                rules_->scratch.get(), on_match, &context);
    });
    count.stream_bytes.add(subject.payload.size());
    counters_[Counter::match_stream_bytes] += subject.payload.size();
}

}  // namespace baleen::match
