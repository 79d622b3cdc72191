#include "cli/wanted_flows.h"

#include <fmt/format.h>

#include "control/store/query.h"
#include "filter/filter.h"
#include "packets/chunk_keys.h"

namespace baleen::cli {
namespace {

packets::Key tuple_of(const record::FlowRecord& flow) {
    packets::Address a;
    packets::Address b;
    std::copy(std::begin(flow.initiator_address), std::end(flow.initiator_address), a.begin());
    std::copy(std::begin(flow.responder_address), std::end(flow.responder_address), b.begin());
    return packets::tuple_key(flow.protocol, a, flow.initiator_port, b, flow.responder_port);
}

std::string ids_filter(const std::vector<uint64_t>& ids) {
    return fmt::format("flow.id in {{{}}}", fmt::join(ids, " "));
}

}  // namespace

base::Result<WantedFlows> WantedFlows::find(const std::string& store,
                                            const std::vector<uint64_t>& ids,
                                            const std::string& filter,
                                            std::vector<std::string>& problems) {
    WantedFlows wanted;
    wanted.is_active_ = !ids.empty() || !filter.empty();
    if (!wanted.is_active_) return wanted;
    for (const uint64_t id : ids) wanted.ids_.insert(id);
    // One id is looked up in the store's index; of several it is a search.
    const std::string text = !filter.empty()   ? filter
                             : ids.size() == 1 ? fmt::format("flow.id == {}", ids.front())
                                               : ids_filter(ids);
    auto parsed = filter::Filter::parse(text);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return base::Error{"--flows:\n" + filter::format_error(text, *error)};
    store::Query query;
    query.filter = std::move(std::get<filter::Filter>(parsed));
    const auto status = store::run_query(
        store, query,
        [&](const filter::Subject& subject) {
            const record::FlowRecord& flow = subject.record;
            const packets::Key tuple = tuple_of(flow);
            wanted.ids_.insert(flow.flow_id);
            wanted.ends_[tuple].push_back({flow.first_ns, flow.last_ns});
            return true;
        },
        problems);
    // Ids alone do without a store, as far as files have comments.
    if (!status && !filter.empty()) return status.error();
    return wanted;
}

bool WantedFlows::wants(const packets::PacketView& packet, const packet::FlowKey& key) const {
    if (!is_active_) return true;
    if (const uint64_t id = packets::flow_of_comment(packet.comment); id != 0)
        return ids_.contains(id);
    if (!packet.comment.empty() || ends_.empty()) return false;
    const auto lives =
        ends_.find(packets::tuple_key(key.protocol, key.src, key.src_port, key.dst, key.dst_port));
    if (lives == ends_.end()) return false;
    return std::ranges::any_of(lives->second, [&](const Life& life) {
        return packet.time_ns >= life.first_ns && packet.time_ns <= life.last_ns;
    });
}

packets::Selector WantedFlows::selector() const {
    if (!is_active_ || ids_.size() + ends_.size() > keys_max) return {};
    std::vector<packets::Selector> keys;
    for (const uint64_t id : ids_) keys.push_back(packets::Selector::of(packets::flow_key(id)));
    // Where a lost index was made again without comments, flows have no ids.
    for (const auto& [tuple, lives] : ends_) keys.push_back(packets::Selector::of(tuple));
    return packets::Selector::any(std::move(keys));
}

}  // namespace baleen::cli
