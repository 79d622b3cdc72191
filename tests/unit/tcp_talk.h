// Two hosts that talk TCP, segment by segment, and the records that come of it.
//
// Numbers in a Segment are relative: to the sender's initial sequence number, and the
// acknowledgement to the receiver's. Time passes only by wait().
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "packet/ip.h"
#include "tests/support/flow_harness.h"

namespace baleen::test {

inline constexpr int64_t millisecond = 1'000'000;

namespace tcp_flags {
inline constexpr uint16_t syn = packet::tcp::syn, fin = packet::tcp::fin, rst = packet::tcp::rst,
                          ack = packet::tcp::ack, psh = packet::tcp::psh;
}

struct SentSegment {
    uint16_t flags;
    uint32_t sequence = 0;
    uint32_t acknowledged = 0;
    size_t payload = 0;
    uint16_t window = 1000;
    PacketBuilder::Bytes options = {};
};

class TcpTalk {
public:
    explicit TcpTalk(uint32_t client_isn = 1'000'000, uint32_t server_isn = 5'000'000,
                     const flow::FlowSettings& settings = usual_settings)
        : flows_(settings, limits::ring_bytes_min), isns_{client_isn, server_isn} {}

    TcpTalk& client(const SentSegment& sent) { return feed(packet(0, sent)); }
    TcpTalk& server(const SentSegment& sent) { return feed(packet(1, sent)); }
    TcpTalk& wait(int64_t ns) {
        now_ += ns;
        return *this;
    }

    // SYN, 20 ms later SYN+ACK, 10 ms later ACK; then both are at 1.
    TcpTalk& open() {
        using namespace tcp_flags;
        client({syn}).wait(20 * millisecond).server({syn | ack, 0, 1});
        return wait(10 * millisecond).client({ack, 1, 1}).wait(100 * millisecond);
    }
    // The next connection of the same ports, with other initial sequence numbers.
    TcpTalk& reopen(uint32_t client_isn, uint32_t server_isn) {
        isns_[0] = client_isn;
        isns_[1] = server_isn;
        return *this;
    }

    PacketBuilder::Bytes packet(uint32_t from, const SentSegment& sent) const {
        PacketBuilder builder;
        builder.ethernet();
        if (from == 0) builder.ipv4("10.0.0.1", "10.0.0.2");
        else builder.ipv4("10.0.0.2", "10.0.0.1");
        const uint16_t ports[2] = {40000, 80};
        builder.tcp(ports[from], ports[1 - from], sent.flags, isns_[from] + sent.sequence,
                    (sent.flags & tcp_flags::ack) != 0 ? isns_[1 - from] + sent.acknowledged : 0);
        builder.tcp_window(sent.window).tcp_options(sent.options).payload(sent.payload);
        return builder.take();
    }
    TcpTalk& feed(const PacketBuilder::Bytes& bytes) {
        flows_.feed(now_, bytes);
        return *this;
    }

    // Only the first bytes were captured.
    TcpTalk& feed_captured(const PacketBuilder::Bytes& bytes, size_t captured) {
        flows_.feed_captured(now_, bytes, captured);
        return *this;
    }

    std::vector<record::FlowRecord> records() { return flows_.drain(now_); }
    // The one record there is.
    record::FlowRecord record() {
        const auto all = records();
        EXPECT_EQ(all.size(), 1u);
        return all.empty() ? record::FlowRecord{} : all[0];
    }
    record::Tcp tcp() { return record().tcp; }

    FlowHarness& flows() { return flows_; }
    int64_t now() const { return now_; }

private:
    FlowHarness flows_;
    uint32_t isns_[2];
    int64_t now_ = start;
};

inline std::string history_of(const record::Tcp& tcp) { return tcp.history; }

}  // namespace baleen::test
