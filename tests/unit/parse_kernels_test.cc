// Every build of the parser against the scalar reference, on real packets cut at every byte.
//
// The shipped capture always; with BALEEN_CORPUS every capture below that folder. Options are drawn
// anew for each batch.
#include "packet/parse_kernel.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <unordered_set>

#include "drivers/replay/replay_source.h"
#include "packet/ip.h"
#include "packet/parse_kernel.h"
#include "tests/support/golden_packets.h"
#include "tests/support/kernel_comparison.h"
#include "tests/unit/random.h"

namespace baleen::packet {
namespace {

using record::TunnelType;
using test::KernelComparison;
using test::PacketBuilder;

// Half of the time what everybody has: the common case must be compared most.
ParseOptions random_options(test::Random& random) {
    ParseOptions options = test::golden_options();
    if (random.one_in(2)) return options;
    options.key_vlan = random.one_in(2);
    if (random.one_in(2)) options.tunnels &= static_cast<uint32_t>(random.next());
    if (random.one_in(4)) options.tunnel_ports = {};
    if (random.one_in(4)) {
        constexpr TunnelType types[] = {TunnelType::vxlan, TunnelType::geneve, TunnelType::gtp_u,
                                        TunnelType::teredo, TunnelType::l2tpv3};
        for (TunnelPort& port : options.tunnel_ports)
            port = {static_cast<uint16_t>(random.pick(
                        std::to_array<uint16_t>({53, 80, 443, 1000, 2000, 4789, 8472, 40000}))),
                    random.pick(types)};
    }
    return options;
}

class Differential {
public:
    // `bytes` whole and cut. No header that the parser walks through depends on where it begins, so
    // behind 256 bytes (four tunnels, or all of most packets) each 61st length is enough: a prime,
    // so that cuts fall on every residue of the header sizes, which are multiples of 4.
    void add_cut(std::span<const uint8_t> bytes, uint32_t wire_length, LinkType link) {
        constexpr size_t every_byte_below = 256, stride = 61;
        for (size_t length = 0; length < bytes.size();
             length += length < every_byte_below ? 1 : stride)
            add(bytes.first(length), wire_length, link);
        add(bytes, wire_length, link);
    }
    void add(std::span<const uint8_t> bytes, uint32_t wire_length, LinkType link) {
        if (!difference.empty()) return;
        comparison_.add(bytes, wire_length, link);
        packets++;
        // Full batches, and those that end within a group of lanes.
        if (comparison_.is_full() || random_.one_in(200)) run();
    }
    void run() {
        if (comparison_.count() == 0 || !difference.empty()) return;
        difference = comparison_.run(random_options(random_));
    }

    std::string difference;  // the first
    uint64_t packets = 0;

private:
    KernelComparison comparison_;
    test::Random random_;
};

// The same headers in a packet of the same length tell nothing new, and bulk transfers have
// thousands of them: once is enough.
uint64_t shape_of(const Packet& packet) {
    std::string shape(reinterpret_cast<const char*>(packet.data),
                      std::min<size_t>(packet.captured_length, 96));
    shape += std::to_string(packet.captured_length) + ' ' + std::to_string(packet.wire_length);
    return std::hash<std::string>{}(shape);
}

void compare_capture(const std::filesystem::path& path, Differential& differential,
                     std::unordered_set<uint64_t>& seen) {
    stats::PortStats port{};
    drivers::ReplaySource source({path.string()}, port);
    Batch batch;
    for (int turn = 0; turn < 100'000 && !source.exhausted(); turn++) {
        source.receive(batch, lane_count);
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const Packet& packet = batch.packets[lane];
            if (!seen.insert(shape_of(packet)).second) continue;
            differential.add_cut({packet.data, packet.captured_length}, packet.wire_length,
                                 packet.link);
        }
        source.release(batch);
    }
    differential.run();
    EXPECT_EQ(differential.difference, "") << path;
}

TEST(ParseKernels, AreThoseOfThisCpuAndAllRunHereOrSayWhyNot) {
    std::string ran;
    for (const ParseKernel& kernel : parse_kernels()) {
        const auto chosen = choose_parse_kernel(kernel.name);
        EXPECT_EQ(bool(chosen), kernel.runs_here) << kernel.name;
        if (kernel.runs_here) ran += std::string(kernel.name) + ' ';
    }
    std::printf("[  KERNELS ] %s\n", ran.c_str());
    EXPECT_EQ(ran.substr(0, 7), "scalar ");
}

TEST(ParseKernels, AgreeOnTheShippedCaptureCutAtEveryByte) {
    Differential differential;
    std::unordered_set<uint64_t> seen;
    compare_capture(BALEEN_SOURCE_ROOT "/tests/captures/sample.pcap", differential, seen);
    EXPECT_GT(differential.packets, 10'000u);
}

TEST(ParseKernels, AgreeOnEveryCaptureOfTheCorpusCutAtEveryByte) {
    const char* const corpus = std::getenv("BALEEN_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "BALEEN_CORPUS does not name a folder of captures";
    Differential differential;
    std::unordered_set<uint64_t> seen;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
        const std::string extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng") continue;
        compare_capture(entry.path(), differential, seen);
        if (testing::Test::HasFailure()) return;
    }
    std::printf("[  CORPUS  ] %llu packets\n",
                static_cast<unsigned long long>(differential.packets));
}

TEST(ParseKernels, AgreeOnEveryEncapsulationCutAtEveryByte) {
    Differential differential;
    for (const auto& golden : test::golden_packets()) {
        const auto whole = static_cast<uint32_t>(golden.bytes.size());
        differential.add_cut(golden.bytes, whole, LinkType::ethernet);
        // As if the wire had carried no more than was captured.
        for (size_t length = 0; length < golden.bytes.size(); length++)
            differential.add(std::span(golden.bytes).first(length), 0, LinkType::ethernet);
    }
    differential.run();
    EXPECT_EQ(differential.difference, "");
}

// One or two bytes of a good packet are changed: what is next to the common case, on either side.
TEST(ParseKernels, AgreeOnPacketsWithChangedBytes) {
    test::Random random;
    Differential differential;
    const auto golden = test::golden_packets();
    constexpr uint8_t telling[] = {0, 1, 4, 5, 6, 0x08, 0x11, 0x2f, 0x3f, 0x45, 0x60, 0x81, 0xff};
    for (int round = 0; round < 200'000; round++) {
        PacketBuilder::Bytes bytes = random.pick(golden).bytes;
        for (uint64_t changes = random.between(1, 3); changes > 0; changes--) {
            const uint64_t at = random.below(std::min<size_t>(bytes.size(), 90));
            bytes[at] =
                random.one_in(2) ? random.pick(telling) : static_cast<uint8_t>(random.next());
        }
        differential.add(bytes, 0, LinkType::ethernet);
    }
    differential.run();
    EXPECT_EQ(differential.difference, "");
}

// Bytes without any meaning, of every length up to a few headers, in batches of every size.
TEST(ParseKernels, AgreeOnRubbishInBatchesOfEverySize) {
    test::Random random;
    KernelComparison comparison;
    for (uint32_t count = 1; count <= lane_count; count++) {
        for (int round = 0; round < 20; round++) {
            for (uint32_t lane = 0; lane < count; lane++) {
                const std::string bytes = random.bytes(130);
                comparison.add({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()},
                               static_cast<uint32_t>(random.below(200)));
            }
            ASSERT_EQ(comparison.run(random_options(random)), "");
        }
    }
}

// After a batch of uncommon packets the vector code rests; what it says must not change by that.
TEST(ParseKernels, SayTheSameWhetherTheVectorCodeRestsOrNot) {
    const auto common = PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 4789).take();
    const auto uncommon =
        PacketBuilder().ethernet().vlan(1).mpls({5}).ipv6("::1", "::2").udp(1, 2).take();
    for (const ParseKernel& kernel : parse_kernels()) {
        if (!kernel.runs_here) continue;
        Batch batch;
        Notes notes{};
        for (int round = 0; round < 50; round++) {
            const auto& bytes = round % 20 < 2 ? uncommon : common;
            batch.count = 3;
            for (uint32_t lane = 0; lane < 3; lane++) batch.packets[lane] = test::packet_of(bytes);
            kernel.parse_batch(batch, {}, notes);
            for (uint32_t lane = 0; lane < 3; lane++) {
                ASSERT_EQ(batch.verdicts[lane], Verdict::counted_flow);
                ASSERT_EQ(batch.keys[lane].src_port, 1) << kernel.name << " round " << round;
                ASSERT_EQ(batch.keys[lane].dst_port, round % 20 < 2 ? 2 : 4789);
            }
        }
    }
}

}  // namespace
}  // namespace baleen::packet
