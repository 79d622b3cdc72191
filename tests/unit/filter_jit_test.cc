// Machine code and libpcap decide alike: a set of filters over real packets, cut at any byte.
#include "dataplane/filter_jit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "packet/capture_filter.h"
#include "tests/unit/random.h"

namespace baleen::dataplane {
namespace {

constexpr std::string_view compiled_notice = "the capture filter is compiled to machine code";

const std::vector<std::string> filters = {
    "tcp port 443",
    "udp",
    "arp",
    "host 192.0.2.1",
    "not host 192.0.2.1",
    "net 192.0.2.0/24 and tcp",
    "ip6 host 2001:db8:0:1::1",
    "src host 2001:db8:0:1::10 and dst port 22",
    "icmp or icmp6",
    "icmp[icmptype] = icmp-echo",
    "tcp[tcpflags] & tcp-syn != 0",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src net 192.0.2.0/24",
    "ip[6:2] & 0x1fff != 0",
    "ip[12:4] & 0xffffff00 = 0xc0000200",
    "ip[12:4] >= 0xc0000200 and ip[12:4] < 0xc6336500",
    "vlan",
    "vlan 7 and tcp port 80",
    "vlan and ip6 and udp port 53",
    "greater 100",
    "less 64",
    "len - 14 = ip[2:2]",
    "udp portrange 1-1000",
    "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420",
    "ether[ether[0:4]:1] = 0",
    "ether[ether[20:4]:4] > 5",
    "ether[ip[2:2]:1] != 1",
    "ip[ip[8]:2] > 3",
    "ip[8] * 3 + 7 > 100",
    "ip[8] / (ip[9] - 6) > 1",
    "ip[2:2] % 7 = 3",
    "ip[2:2] % ip[1] = 0",
    "(ip[4:2] << ip[0]) > 70000",
    "(ip[4:2] >> (ip[0] & 0xf)) & 1 = 1",
    "ip[2:2] ^ 0x55 < 100 or -ip[8] > 3000000000",
    "ether src 02:00:00:ff:00:01 or ether broadcast or ether multicast",
    "ip multicast or ip6 multicast",
    "port 53 or port 80 or port 443 or port 22 or portrange 5000-6000",
    "not (tcp or udp)",
    "mpls",
    "pppoes and ip",
    "ether[65530:4] = 1",
};

struct Bytes {
    std::vector<uint8_t> data;
    uint32_t wire_length;
};

std::vector<Bytes> read_capture(const std::filesystem::path& path, size_t packets_max) {
    std::vector<Bytes> packets;
    char problem[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file(pcap_open_offline(path.c_str(), problem),
                                                          [](pcap_t* p) {
                                                              if (p != nullptr) pcap_close(p);
                                                          });
    if (file == nullptr || pcap_datalink(file.get()) != DLT_EN10MB) return packets;
    pcap_pkthdr* header;
    const uint8_t* data;
    while (packets.size() < packets_max && pcap_next_ex(file.get(), &header, &data) == 1)
        packets.push_back({{data, data + header->caplen}, header->len});
    return packets;
}

// A copy of exactly the captured bytes, so that the address sanitizer sees each read behind them.
bool same_verdict(const FilterJit& jit, const packet::CaptureFilter& reference, const Bytes& bytes,
                  uint32_t length, packet::LinkType link = packet::LinkType::ethernet) {
    const std::vector<uint8_t> cut(bytes.data.begin(), bytes.data.begin() + length);
    packet::Packet packet{};
    packet.data = cut.data();
    packet.captured_length = length;
    packet.wire_length = bytes.wire_length;
    packet.link = link;
    return jit.accepts(packet) == reference.accepts(packet);
}

struct Pair {
    FilterJit jit;
    packet::CaptureFilter reference;
    std::string notice;

    explicit Pair(const std::string& text) {
        auto first = packet::CaptureFilter::compile(text),
             second = packet::CaptureFilter::compile(text);
        if (!first || !second) {
            ADD_FAILURE() << text << ": " << first.error().message;
            return;
        }
        reference = std::move(*second);
        jit = FilterJit(std::move(*first), notice);
    }
};

void expect_equal(const std::string& text, const std::vector<Bytes>& packets, uint32_t step) {
    const Pair pair(text);
    for (const Bytes& bytes : packets) {
        const auto size = static_cast<uint32_t>(bytes.data.size());
        for (uint32_t length = 0; length < size; length += length < 90 ? step : 97)
            ASSERT_TRUE(same_verdict(pair.jit, pair.reference, bytes, length))
                << text << " at " << length;
        ASSERT_TRUE(same_verdict(pair.jit, pair.reference, bytes, size)) << text;
    }
}

TEST(FilterJit, DecidesAsLibpcapOnTheSampleCutAtAnyByte) {
    const auto packets = read_capture(BALEEN_SOURCE_ROOT "/tests/captures/sample.pcap", 2000);
    ASSERT_GT(packets.size(), 1000u);
    for (const std::string& text : filters) expect_equal(text, packets, 1);
}

TEST(FilterJit, CompilesAllOfThem) {
    for (const std::string& text : filters) EXPECT_EQ(Pair(text).notice, compiled_notice) << text;
}

TEST(FilterJit, DecidesAsLibpcapOnTheCorpus) {
    const char* corpus = std::getenv("BALEEN_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "BALEEN_CORPUS does not name a folder of captures";
    size_t captures = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
        if (!entry.path().extension().string().starts_with(".pcap")) continue;
        const auto packets = read_capture(entry.path(), 50);
        for (const std::string& text : filters) expect_equal(text, packets, 29);
        captures += packets.empty() ? 0 : 1;
    }
    EXPECT_GT(captures, 0u);
}

TEST(FilterJit, DecidesAsLibpcapOnRandomBytesAndEveryLinkType) {
    test::Random random;
    std::vector<Bytes> packets;
    for (int i = 0; i < 200; i++) {
        Bytes bytes{std::vector<uint8_t>(random.below(200)), 0};
        for (uint8_t& byte : bytes.data) byte = static_cast<uint8_t>(random.of_bits(8));
        // Offsets that wrap around when four bytes are added to them.
        if (bytes.data.size() > 30 && i % 3 == 0) std::memset(bytes.data.data(), 0xff, 4);
        if (bytes.data.size() > 30 && i % 3 == 1) std::memset(bytes.data.data() + 20, 0xff, 4);
        bytes.wire_length = static_cast<uint32_t>(bytes.data.size() + random.below(2000));
        packets.push_back(std::move(bytes));
    }
    for (const std::string& text : filters) {
        const Pair pair(text);
        for (const Bytes& bytes : packets)
            for (const auto& program : pair.reference.programs())
                ASSERT_TRUE(same_verdict(pair.jit, pair.reference, bytes,
                                         static_cast<uint32_t>(bytes.data.size()), program.link))
                    << text << " on link type " << static_cast<int>(program.link);
    }
}

TEST(FilterJit, TakesPacketsThatAreLongerThan64KiB) {
    Bytes large{std::vector<uint8_t>(200'000, 0), 200'000};
    large.data[12] = 0x08;
    large.data[65533] = 1;
    for (const char* text : {"ip", "ether[65530:4] = 1", "ether[100000] = 0", "greater 199999"}) {
        const Pair pair(text);
        for (const uint32_t length : {65534u, 65535u, 65536u, 200'000u})
            EXPECT_TRUE(same_verdict(pair.jit, pair.reference, large, length)) << text << length;
    }
}

TEST(FilterJit, ChangesTheVerdictOfRefusedLanesOnly) {
    Pair pair("ip");
    std::vector<uint8_t> ip(60, 0), arp(60, 0);
    ip[12] = arp[12] = 0x08;
    arp[13] = 0x06;
    packet::Batch batch;
    batch.count = 3;
    for (uint32_t lane = 0; lane < 3; lane++) {
        batch.packets[lane] = {};
        batch.packets[lane].data = lane == 1 ? arp.data() : ip.data();
        batch.packets[lane].captured_length = batch.packets[lane].wire_length = 60;
        batch.packets[lane].link = packet::LinkType::ethernet;
        batch.verdicts[lane] = packet::Verdict::counted_flow;
    }
    pair.jit.apply_batch(batch);
    EXPECT_EQ(batch.verdicts[0], packet::Verdict::counted_flow);
    EXPECT_EQ(batch.verdicts[1], packet::Verdict::filtered_capture_filter);
    EXPECT_EQ(batch.verdicts[2], packet::Verdict::counted_flow);
}

TEST(FilterJit, RunsWhatItCannotCompileInTheInterpreter) {
    // A loop over extension headers: eBPF knows no jumps back.
    const Pair pair("ip6 protochain 6");
    const auto packets = read_capture(BALEEN_SOURCE_ROOT "/tests/captures/sample.pcap", 100);
    for (const Bytes& bytes : packets)
        ASSERT_TRUE(same_verdict(pair.jit, pair.reference, bytes,
                                 static_cast<uint32_t>(bytes.data.size())));
    EXPECT_NE(pair.notice.find("libpcap's interpreter"), std::string::npos) << pair.notice;
}

}  // namespace
}  // namespace baleen::dataplane
