#include "dataplane/capture/capturer.h"

#include <fmt/format.h>

#include <algorithm>

#include "baleen/limits.h"
#include "packets/key.h"

namespace baleen::capture {
namespace {

using packet::flow_absent;
using packet::Verdict;
using stats::Counter;

constexpr uint8_t captures = 1u << static_cast<uint8_t>(ruleset::Action::capture);

// Chunks that one batch may fill: its packets, each as long as a capture file has them, and a rest
// that the next one did not fit into.
constexpr uint32_t batch_chunks_max = 24;
static_assert(batch_chunks_max * (packets::chunk_bytes_max / (limits::packet_bytes_max + 256)) >=
              limits::lane_count);

}  // namespace

base::Result<CaptureMemory> CaptureMemory::create(const CaptureSettings& settings, uint32_t worker,
                                                  uint64_t flow_count_max) {
    CaptureMemory memory;
    const bool one_for_both = !settings.has_separate_history();
    if (settings.writes()) {
        const uint32_t chunks =
            std::max(settings.chunks, settings.may_wait ? 3 * batch_chunks_max : 4);
        const uint32_t kept = one_for_both ? settings.history_chunks : 0;
        auto pool = ChunkPool::create(worker, chunks + kept, chunks);
        if (!pool) return pool.error();
        memory.written = std::move(*pool);
    }
    if (!one_for_both) {
        // A sixteenth is on its way from the oldest end to the newest.
        const uint32_t chunks = std::max(settings.history_chunks, 4 * batch_chunks_max);
        auto pool = ChunkPool::create(worker, chunks, std::max(chunks / 16, 3 * batch_chunks_max));
        if (!pool) return pool.error();
        memory.history = std::move(*pool);
    }
    memory.triggers = std::make_unique<FlowTriggers>();
    auto flows = base::HugeMemory::allocate(flow_count_max * sizeof(CapturedFlow));
    if (!flows) return flows.error();
    memory.flows = std::move(*flows);
    return memory;
}

Capturer::Capturer(const CaptureMemory& memory, const CaptureSettings& settings,
                   const dataplane::FilterJit& filter, Interfaces& interfaces,
                   flow::FlowTracker& flows, dataplane::Counters& counters)
    : settings_(settings),
      filter_(filter),
      interfaces_(interfaces),
      flows_(flows),
      counters_(counters),
      triggers_(*memory.triggers),
      captured_(memory.flows.as<CapturedFlow>(flows.capacity())) {
    if (memory.written) written_.emplace(*memory.written);
    if (memory.history) history_.emplace(*memory.history);
}

void Capturer::begin_batch(const packet::Batch& batch) {
    lanes_.begin(batch);
    batch_ = &batch;
    decided_ = 0;
    prefetch();
}

void Capturer::decide_flow(uint32_t flow) {
    lanes_.visit_flow(flow, [&](uint32_t lane) {
        decide(lane);
        decisions_[lane].flow = flow_absent;
    });
}

void Capturer::capture_batch() {
    lanes_.visit_rest([&](uint32_t lane) { decide(lane); });
    is_cutting_ = written_ && !settings_.may_wait && is_behind(written_->pool());
    for (uint32_t lane = 0; lane < batch_->count; lane++) {
        if ((decided_ >> lane & 1) == 0) decide_without_flow(lane);
        copy(lane);
    }
    if (written_) written_->seal_if_older(settings_.flush_interval_tsc);
    if (history_) history_->seal_if_older(settings_.flush_interval_tsc);
}

// By the flows that the batch has or seems to have; they come while it is accounted.
void Capturer::prefetch() const {
    for (uint32_t lane = 0; lane < batch_->count; lane++) {
        const uint32_t flow = batch_->flows[lane].index;
        if (flow == flow_absent) continue;
        __builtin_prefetch(&captured_[flow], 1);
        __builtin_prefetch(&flows_.flow(flow).flow_id);
    }
}

// A packet counted in a flow, in the order of the flow's packets.
void Capturer::decide(uint32_t lane) {
    decided_ |= uint64_t{1} << lane;
    const uint32_t index = batch_->flows[lane].index;
    const flow::Flow& flow = flows_.flow(index);
    CapturedFlow& captured = captured_[index];
    Decision& decision = decisions_[lane];
    decision = {flow.flow_id, index, 0, not_wanted};
    if ((flow.record_flags & record::has_matches) != 0) {
        const record::Matches& matches = flows_.matches(index);
        decision.rule_id = matches.rule_ids[0];
        if ((matches.actions & captures) != 0 && captured.is_chosen == 0) choose(index, captured);
    }
    const bool is_early =
        captured.packets < settings_.flow_packets && captured.bytes < settings_.flow_bytes;
    captured.packets += captured.packets < UINT32_MAX ? 1 : 0;
    captured.bytes += batch_->packets[lane].wire_length;
    const bool is_selected = settings_.select == Select::all ||
                             (settings_.select == Select::rules && captured.is_chosen != 0);
    if (is_selected && is_early && filter_.accepts(batch_->packets[lane]))
        decision.written_bytes = bytes_of(lane, index);
}

// Not IP, malformed, or left out by the flow stage.
void Capturer::decide_without_flow(uint32_t lane) {
    const bool is_wanted =
        settings_.select == Select::all && filter_.accepts(batch_->packets[lane]);
    decisions_[lane] = {0, flow_absent, 0, is_wanted ? bytes_of(lane, flow_absent) : not_wanted};
}

uint32_t Capturer::bytes_of(uint32_t lane, uint32_t flow) const {
    const uint32_t bytes = std::min(batch_->packets[lane].captured_length, settings_.snaplen);
    if (!settings_.has_slices || flow == flow_absent) return bytes;
    return std::min(bytes, settings_.slices[static_cast<size_t>(flows_.app_proto(flow))]);
}

// A rule wants the flow: from here on, and what the history has of it.
void Capturer::choose(uint32_t index, CapturedFlow& captured) {
    captured.is_chosen = 1;
    if (!history_ || captured.history_sequence == 0) return;
    const ChunkStream::Position now = history_->position();
    const FlowTrigger trigger{
        .flow_id = flows_.flow(index).flow_id,
        .sequence = captured.history_sequence - 1,
        .flow = captured.history_flow,
        .packets = now.sequence == captured.history_sequence - 1 ? now.packets : UINT32_MAX};
    if (!triggers_.push(trigger)) counters_[Counter::capture_note_past_left_out]++;
}

void Capturer::copy(uint32_t lane) {
    if (batch_->verdicts[lane] == Verdict::filtered_capture_filter) return;
    const Decision& decision = decisions_[lane];
    const bool is_wanted = decision.written_bytes != not_wanted;
    if (!is_wanted && !history_) return;
    const packet::Packet& packet = batch_->packets[lane];
    const uint32_t interface = interfaces_.number_of(packet.port_index, packet.link);
    counters_[Counter::captured_packets] += is_wanted ? 1 : 0;
    if (interface == Interfaces::count_max) {
        counters_[Counter::capture_shed_interfaces_full] += is_wanted ? 1 : 0;
        return;
    }
    const Comment comment = comment_of(decision);
    packets::PacketView facts{.data = packet.data,
                              .captured_bytes = 0,
                              .wire_bytes = packet.wire_length,
                              .time_ns = packet.time_ns,
                              .interface = interface,
                              .comment = comment};
    const bool has_been_written = is_wanted && write(lane, facts, decision);
    if (history_) remember(lane, facts, decision, has_been_written);
}

// False: it is counted as left out.
bool Capturer::write(uint32_t lane, const packets::PacketView& packet, const Decision& decision) {
    packets::PacketView facts = packet;
    facts.captured_bytes = decision.written_bytes;
    if (!settings_.comments) facts.comment = {};
    if (is_cutting_ && facts.captured_bytes > settings_.cut_bytes) {
        facts.captured_bytes = settings_.cut_bytes;
        counters_[Counter::capture_note_cut]++;
    }
    if (!written_->reserve(facts.captured_bytes, static_cast<uint32_t>(facts.comment.size()))) {
        counters_[written_->pool().is_failing() ? Counter::capture_shed_disk_failed
                                                : Counter::capture_shed_disk_behind]++;
        return false;
    }
    written_->append(facts);
    if (!is_indexed(lane)) return true;
    const uint64_t sequence = written_->sequence();
    if (decision.flow != flow_absent) {
        CapturedFlow& captured = captured_[decision.flow];
        if (captured.written_sequence == sequence + 1) return true;
        captured.written_sequence = sequence + 1;
    }
    written_->add_flow(flow_of(lane, decision.flow_id));
    return true;
}

void Capturer::remember(uint32_t lane, const packets::PacketView& packet, const Decision& decision,
                        bool has_been_written) {
    packets::PacketView facts = packet;
    facts.captured_bytes =
        std::min(batch_->packets[lane].captured_length, settings_.history_snaplen);
    if (has_been_written) facts.interface |= is_written;
    if (!history_->reserve(facts.captured_bytes, static_cast<uint32_t>(facts.comment.size()))) {
        counters_[Counter::capture_note_history_full]++;
        return;
    }
    history_->append(facts);
    if (!is_indexed(lane)) return;
    packets::ChunkFlow flow = flow_of(lane, decision.flow_id);
    if (decision.flow == flow_absent) {
        history_->add_flow(flow);
        return;
    }
    CapturedFlow& captured = captured_[decision.flow];
    const uint64_t sequence = history_->sequence();
    if (captured.history_sequence == sequence + 1) return;
    if (captured.history_sequence != 0) {
        flow.previous_sequence = captured.history_sequence - 1;
        flow.previous_flow = captured.history_flow;
    }
    captured.history_sequence = sequence + 1;
    captured.history_flow = history_->add_flow(flow);
}

// It has addresses: of its flow, or of one that the table had no room for.
bool Capturer::is_indexed(uint32_t lane) const {
    return decisions_[lane].flow_id != 0 || batch_->verdicts[lane] == Verdict::shed_flow_table_full;
}

packets::ChunkFlow Capturer::flow_of(uint32_t lane, uint64_t flow_id) const {
    const packet::FlowKey& key = batch_->keys[lane];
    return {
        .flow_id = flow_id,
        .tuple_key = packets::tuple_key(key.protocol, key.src, key.src_port, key.dst, key.dst_port),
        .host_keys = {packets::host_key(key.src), packets::host_key(key.dst)},
        .previous_flow = 0,
        .previous_sequence = packets::none_before};
}

// "flow=N", and " rule=N" where one has hit.
Capturer::Comment Capturer::comment_of(const Decision& decision) const {
    Comment comment;
    if (decision.flow_id == 0 || (!settings_.comments && !history_)) return comment;
    comment.add("flow=");
    comment.add(fmt::format_int(decision.flow_id));
    if (decision.rule_id == 0) return comment;
    comment.add(" rule=");
    comment.add(fmt::format_int(decision.rule_id));
    return comment;
}

bool Capturer::must_wait() const {
    if (!settings_.may_wait) return false;
    const auto is_short = [](const std::optional<ChunkStream>& stream) {
        // This batch, and one more that an end may bring without asking again.
        return stream && stream->pool().free_count() < 2 * batch_chunks_max &&
               !stream->pool().is_failing();
    };
    return is_short(written_) || is_short(history_);
}

void Capturer::close() {
    if (written_) written_->close();
    if (history_) history_->close();
}

}  // namespace baleen::capture
