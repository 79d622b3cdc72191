#include "control/store/host.h"

#include <algorithm>

#include "control/store/tally.h"

namespace baleen::store {

base::Result<HostReport> find_host(const Scope& scope, const std::array<uint8_t, 16>& address,
                                   Measure measure, size_t limit) {
    HostReport report;
    const filter::Kind kind = scope.query.kind;
    const size_t keys_max = std::max(scope.keys_max, limit);
    Tally peers(measure, kind, keys_max), ports(measure, kind, keys_max),
        protocols(measure, kind, keys_max);
    auto info =
        for_each_record(scope, kind == filter::Kind::flow, [&](const filter::Subject& subject) {
            const record::FlowRecord& record = subject.record;
            const bool is_initiator = std::ranges::equal(record.initiator_address, address);
            if (!is_initiator && !std::ranges::equal(record.responder_address, address)) return;
            const Sums sums = is_initiator ? sums_of(subject) : sums_of(subject).reversed();
            report.first_ns = report.sums.records == 0 ? record.first_ns
                                                       : std::min(report.first_ns, record.first_ns);
            report.last_ns = std::max(report.last_ns, record.last_ns);
            report.sums.add(sums);
            peers.add(host_key(is_initiator ? record.responder_address : record.initiator_address),
                      sums);
            if (const std::string port = port_key(record); !port.empty()) ports.add(port, sums);
            protocols.add(protocol_key(record), sums);
        });
    if (!info) return info.error();
    report.info = std::move(*info);
    const auto take = [&](const Tally& tally, Dimension dimension, std::vector<TopRow>& rows) {
        report.info.is_exact = report.info.is_exact && tally.is_exact();
        for (Tally::Entry& entry : tally.top(limit))
            rows.push_back({entry.key, Grouping::of(dimension).texts_of(entry.key), entry.sums});
    };
    take(peers, Dimension::host, report.peers);
    take(ports, Dimension::port, report.ports);
    take(protocols, Dimension::protocol, report.protocols);
    return report;
}

}  // namespace baleen::store
