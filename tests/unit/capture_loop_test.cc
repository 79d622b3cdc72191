#include "drivers/synth/capture_loop.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace baleen::drivers {
namespace {

packet::Packet packet_of(const std::string& bytes, int64_t time_ns) {
    packet::Packet packet{};
    packet.data = reinterpret_cast<const uint8_t*>(bytes.data());
    packet.captured_length = packet.wire_length = static_cast<uint32_t>(bytes.size());
    packet.time_ns = time_ns;
    packet.link = packet::LinkType::ethernet;
    return packet;
}

TEST(CaptureLoop, PlaysPacketsInOrderRoundAndRoundWhileTimeGoesOn) {
    auto memory = CaptureMemory::create();
    ASSERT_TRUE(memory);
    const std::string texts[] = {"first", std::string(100, '2'), "third"};
    for (int i = 0; i < 3; i++) ASSERT_TRUE(memory->add(packet_of(texts[i], 1000 + 300 * i)));
    CaptureLoop loop(memory->share([](const auto&) { return true; }));
    packet::Batch batch;
    loop.receive(batch, 7);
    ASSERT_EQ(batch.count, 7u);
    for (uint32_t i = 0; i < batch.count; i++) {
        const packet::Packet& packet = batch.packets[i];
        EXPECT_EQ(std::string(packet.data, packet.data + packet.captured_length), texts[i % 3]);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(packet.data) % 64, 0u);
        // A round lasts 600 ns, and the gap to the next one a third of that.
        EXPECT_EQ(packet.time_ns, 1000 + 300 * (i % 3) + 800 * (i / 3));
        EXPECT_EQ(packet.clock_ns, packet.time_ns);
    }
    EXPECT_EQ(loop.packets(), 7u);
}

TEST(CaptureLoop, PausesBetweenRounds) {
    auto memory = CaptureMemory::create();
    ASSERT_TRUE(memory);
    const std::string text = "text";
    for (const int64_t time_ns : {1000, 1200}) memory->add(packet_of(text, time_ns));
    CaptureLoop loop(memory->share([](const auto&) { return true; }), 5000);
    packet::Batch batch;
    loop.receive(batch, 3);
    // A round lasts 200 ns, the usual gap half of that.
    EXPECT_EQ(batch.packets[2].time_ns - batch.packets[0].time_ns, 200 + 100 + 5000);
}

TEST(CaptureLoop, BringsCapturesOfDifferentYearsTogether) {
    constexpr int64_t hour_ns = 3600ll * 1'000'000'000, year_ns = 365 * 24 * hour_ns;
    auto memory = CaptureMemory::create();
    ASSERT_TRUE(memory);
    const std::string text = "text";
    for (const int64_t time_ns : {20 * year_ns, 20 * year_ns + 7, 40 * year_ns, 30 * year_ns})
        memory->add(packet_of(text, time_ns));
    std::vector<int64_t> times_ns;
    for (const packet::Packet& packet : memory->packets())
        times_ns.push_back(packet.time_ns - 20 * year_ns);
    EXPECT_EQ(times_ns, (std::vector<int64_t>{0, 7, 7 + hour_ns, 7 + 2 * hour_ns}));
}

TEST(CaptureLoop, KeepsWhatItsShareSays) {
    auto memory = CaptureMemory::create();
    ASSERT_TRUE(memory);
    const std::string a = "a", b = "b";
    memory->add(packet_of(a, 1));
    memory->add(packet_of(b, 2));
    CaptureLoop loop(memory->share([](const auto& packet) { return packet.data[0] == 'b'; }));
    packet::Batch batch;
    loop.receive(batch, packet::lane_count);
    ASSERT_EQ(batch.count, packet::lane_count);
    for (uint32_t i = 0; i < batch.count; i++) EXPECT_EQ(batch.packets[i].data[0], 'b');
}

}  // namespace
}  // namespace baleen::drivers
