#include "packets/chunk_keys.h"

#include <algorithm>
#include <charconv>

#include "packet/parser.h"

namespace baleen::packets {

uint64_t flow_of_comment(std::string_view comment) {
    constexpr std::string_view prefix = "flow=";
    if (!comment.starts_with(prefix)) return 0;
    comment.remove_prefix(prefix.size());
    uint64_t id = 0;
    const auto [end, code] = std::from_chars(comment.data(), comment.data() + comment.size(), id);
    const bool is_whole = end == comment.data() + comment.size() || *end == ' ';
    return code == std::errc{} && is_whole ? id : 0;
}

ChunkKeys::ChunkKeys() : batch_(std::make_unique<packet::Batch>()) {}

void ChunkKeys::add(const FlowKeys& keys) {
    keys_.insert(keys_.end(), {keys.tuple, keys.hosts[0], keys.hosts[1]});
}

void ChunkKeys::take(const PacketView& view, const packet::FlowKey& key, bool is_later_fragment) {
    const FlowKeys own = {tuple_key(key.protocol, key.src, key.src_port, key.dst, key.dst_port),
                          {host_key(key.src), host_key(key.dst)}};
    add(own);
    const uint64_t flow_id = flow_of_comment(view.comment);
    if (flow_id == 0) return;
    keys_.push_back(flow_key(flow_id));
    if (!is_later_fragment) {
        if (flows_.size() < flows_max) flows_.try_emplace(flow_id, own);
    } else if (const auto known = flows_.find(flow_id); known != flows_.end()) {
        add(known->second);
    }
}

std::span<const Key> ChunkKeys::find(const PacketFile& file, Bytes chunk) {
    keys_.clear();
    PacketCursor cursor(chunk, file.is_pcap());
    packet::Notes notes{};
    while (const auto view = cursor.next()) {
        if (view->interface >= file.interfaces().size()) continue;
        batch_->packets[0] = to_parse(*view, file.interfaces()[view->interface].link);
        batch_->count = 1;
        packet::parse_batch(*batch_, {}, notes);
        if (batch_->verdicts[0] != packet::Verdict::counted_flow) continue;
        take(*view, batch_->keys[0], batch_->layers[0].fragment == packet::FragmentKind::later);
    }
    std::ranges::sort(keys_);
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    return keys_;
}

}  // namespace baleen::packets
