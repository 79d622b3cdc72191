#include "dataplane/capture/past.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "dataplane/capture/chunk_packets.h"
#include "packets/chunk_keys.h"
#include "packets/packet_file.h"

namespace baleen::capture {
namespace {

using stats::Counter;

// Made and written while more are searched: a chunk of the history becomes one, or two.
constexpr uint32_t pool_chunks = 8;

}  // namespace

base::Result<std::unique_ptr<Past>> Past::create(uint32_t worker, bool comments,
                                                 const Interfaces& interfaces,
                                                 dataplane::Counters& counters) {
    auto pool = ChunkPool::create(worker, pool_chunks, pool_chunks);
    if (!pool) return pool.error();
    return std::unique_ptr<Past>(new Past(std::move(*pool), comments, interfaces, counters));
}

Past::Past(std::unique_ptr<ChunkPool> pool, bool comments, const Interfaces& interfaces,
           dataplane::Counters& counters)
    : pool_(std::move(pool)),
      stream_(*pool_),
      comments_(comments),
      interfaces_(interfaces),
      counters_(counters) {}

void Past::add(History& history, const FlowTrigger& trigger) {
    chains_.push_back({&history, trigger.flow_id, {}, trigger, false});
}

void Past::add(std::shared_ptr<const Trigger> trigger, std::vector<History>& histories,
               int64_t end_ns) {
    Search search{.trigger = std::move(trigger), .next = {}, .end_ns = end_ns};
    for (const History& history : histories) search.next.push_back(history.begin_sequence());
    searches_.push_back(std::move(search));
}

bool Past::step(std::vector<History>& histories, int64_t now_ns) {
    if (!has_room()) return false;
    return step_chain() || step_search(histories, now_ns);
}

void Past::end() {
    is_ended_ = true;
    // A chunk that a chain waits for and that has not come by now has been left out by the worker.
    for (Chain& chain : chains_)
        if (!chain.is_known && chain.history->find(chain.pending.sequence) == nullptr)
            chain.is_known = true;
}

// The chunks of the flow, from the newest on; the chain ends where they have been recycled.
void Past::follow(Chain& chain) {
    uint64_t sequence = chain.pending.sequence;
    uint32_t entry = chain.pending.flow;
    uint32_t packets = chain.pending.packets;
    while (const SealedChunk* chunk = chain.history->find(sequence)) {
        chain.chunks.emplace_back(sequence, packets);
        const packets::ChunkFlow& flow = chunk->flows()[entry];
        sequence = flow.previous_sequence;
        entry = flow.previous_flow;
        packets = UINT32_MAX;
        if (sequence == packets::none_before) break;
    }
    chain.is_known = true;
}

bool Past::step_chain() {
    if (chains_.empty()) return false;
    Chain& chain = chains_.front();
    if (!chain.is_known) {
        const bool has_come = chain.pending.sequence < chain.history->end_sequence();
        if (has_come) {
            follow(chain);
        } else {
            // Others first; it comes within the flush interval.
            chains_.push_back(std::move(chain));
            chains_.pop_front();
            return false;
        }
    }
    if (chain.chunks.empty()) {
        chains_.pop_front();
        return true;
    }
    const uint64_t sequence = chain.chunks.back().first;
    const uint32_t count = chain.chunks.back().second;
    chain.chunks.pop_back();
    SealedChunk* chunk = chain.history->find(sequence);
    if (chunk == nullptr) return true;
    visit_packets(chunk->header(), chunk->memory.bytes,
                  [&](const packets::PacketView& packet, uint32_t number) {
                      if (number >= count) return false;
                      if (packets::flow_of_comment(packet.comment) == chain.flow_id)
                          take(*chunk, packet, chain.flow_id);
                      return true;
                  });
    return true;
}

bool Past::step_search(std::vector<History>& histories, int64_t now_ns) {
    if (searches_.empty()) return false;
    Search& search = searches_.front();
    for (size_t i = 0; i < histories.size(); i++) {
        const uint64_t begin = histories[i].begin_sequence();
        if (search.next[i] < begin) {
            search.missed_chunks += begin - search.next[i];
            search.next[i] = begin;
        }
        SealedChunk* chunk = histories[i].find(search.next[i]);
        if (chunk == nullptr) continue;
        search.next[i]++;
        const packets::ChunkBlock& header = chunk->header();
        if (header.last_ns >= search.trigger->from_ns && header.first_ns < search.trigger->until_ns)
            search_chunk(search, *chunk);
        return true;
    }
    // It has seen all that there is.
    if (is_ended_ || now_ns >= search.end_ns) {
        finish(search);
        searches_.pop_front();
        return true;
    }
    searches_.push_back(std::move(search));
    searches_.pop_front();
    return false;
}

void Past::search_chunk(Search& search, SealedChunk& chunk) {
    const Trigger& trigger = *search.trigger;
    const auto consider = [&](const packets::PacketView& packet, uint32_t) {
        if (packet.time_ns < trigger.from_ns || packet.time_ns >= trigger.until_ns) return true;
        const uint64_t flow_id = packets::flow_of_comment(packet.comment);
        if (trigger.flow_id != 0 && trigger.flow_id != flow_id) return true;
        const Interface interface = *interfaces_.at(packet.interface & ~is_written);
        if (trigger.filter.is_active() &&
            !trigger.filter.accepts(packets::to_parse(packet, interface.link)))
            return true;
        search.packets++;
        search.earliest_ns = std::min(search.earliest_ns, packet.time_ns);
        take(chunk, packet, flow_id);
        return true;
    };
    visit_packets(chunk.header(), chunk.memory.bytes, consider);
}

void Past::finish(Search& search) {
    std::string text = fmt::format("trigger {} ({}): {} packets", search.trigger->id,
                                   search.trigger->text, search.packets);
    const int64_t asked_ns = search.trigger->until_ns - search.trigger->after_ns;
    if (search.packets > 0 && search.earliest_ns < asked_ns)
        text += fmt::format(
            ", the first {} before it",
            base::format_duration_ns((asked_ns - search.earliest_ns) / 1'000'000 * 1'000'000));
    if (search.missed_chunks > 0)
        text += fmt::format("; {} chunks of the past had to make room before they were looked at",
                            search.missed_chunks);
    notices_.push_back(text);
}

// A packet of the history becomes one to be written, unless it has been.
void Past::take(SealedChunk& chunk, const packets::PacketView& packet, uint64_t flow_id) {
    if ((packet.interface & is_written) != 0) return;
    packets::PacketView facts = packet;
    if (!comments_) facts.comment = {};
    // SAFETY: has_room() has seen to it that a chunk's packets find room.
    if (!stream_.reserve(facts.captured_bytes, static_cast<uint32_t>(facts.comment.size()))) return;
    const auto block = packet.data - packets::packet_data_offset - chunk.memory.bytes;
    packets::put(chunk.memory.bytes + block + packets::packet_interface_offset,
                 packet.interface | is_written);
    stream_.append(facts);
    counters_[Counter::captured_past]++;
    const auto flows = chunk.flows();
    const auto flow = std::ranges::find(flows, flow_id, &packets::ChunkFlow::flow_id);
    if (flow_id == 0 || flow == flows.end()) return;
    packets::ChunkFlow entry = *flow;
    entry.previous_sequence = packets::none_before;
    stream_.add_flow(entry);
}

}  // namespace baleen::capture
