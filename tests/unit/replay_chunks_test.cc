// The promise about bytes: what a source has handed out stays as it is until must_quiesce() was
// answered by a release.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/capture_bytes.h"
#include "tests/unit/gzip.h"
#include "tests/unit/pipe.h"
#include "tests/unit/replay_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::drivers {
namespace {

using test::PcapBytes;
using test::PcapngBytes;
using test::Pipe;
using test::ReplayRun;
using test::TempFolder;

// More than 60 MiB, so that the first of the three chunks comes round again.
constexpr uint32_t packet_bytes = 60'000;
constexpr uint32_t packet_count = 1300;  // 78 MB

// Eight bytes at each end of packet `index` say which one it is.
std::string patterned_packet(uint32_t index) {
    std::string data(packet_bytes, static_cast<char>(index));
    const uint64_t mark = index * 0x9e3779b97f4a7c15;
    data.replace(0, 8, reinterpret_cast<const char*>(&mark), 8);
    data.replace(packet_bytes - 8, 8, reinterpret_cast<const char*>(&mark), 8);
    return data;
}

template <class Output>
void write_patterned_file(Output&& output) {
    output.write(PcapBytes().str());
    for (uint32_t i = 0; i < packet_count; i++) {
        test::CaptureBytes record(test::Order::little);
        record.u32(i).u32(0).u32(packet_bytes).u32(packet_bytes).raw(patterned_packet(i));
        output.write(record.str());
    }
}

// Holds on to every packet until the source says that it must be let go.
class Holder {
public:
    void step(ReplaySource& source) {
        if (source.must_quiesce()) release_all();
        source.receive(batch_, packet::lane_count);
        for (uint32_t i = 0; i < batch_.count; i++) {
            check(batch_.packets[i], received_++);
            held_.push_back(batch_.packets[i]);
        }
        held_max = std::max(held_max, held_.size());
    }
    void release_all() {
        auto index = received_ - static_cast<uint32_t>(held_.size());
        for (const packet::Packet& packet : held_) check(packet, index++);
        held_.clear();
        releases++;
    }
    uint32_t received() const { return received_; }

    size_t held_max = 0;
    int releases = 0;

private:
    static void check(const packet::Packet& packet, uint32_t index) {
        const std::string_view data(reinterpret_cast<const char*>(packet.data),
                                    packet.captured_length);
        EXPECT_TRUE(data == patterned_packet(index)) << "packet " << index << " was overwritten";
    }

    packet::Batch batch_;
    std::vector<packet::Packet> held_;
    uint32_t received_ = 0;
};

void expect_bytes_to_stay(ReplaySource& source) {
    Holder holder;
    for (int turn = 0; turn < 100'000 && !source.exhausted(); turn++) {
        holder.step(source);
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_TRUE(source.must_quiesce()) << "packets still point into the last file";
    holder.release_all();
    EXPECT_EQ(holder.received(), packet_count);
    EXPECT_TRUE(source.problems().empty()) << source.problems()[0];
    EXPECT_GE(holder.releases, 4) << "the chunks did not come round";
    EXPECT_GT(holder.held_max, 2 * packet::lane_count) << "nothing was held over several calls";
}

TEST(ReplayChunks, KeepBytesOfAPipeUntilTheyAreReleased) {
    Pipe pipe;
    std::thread writer([&] {
        write_patterned_file(pipe);
        pipe.close();
    });
    {
        stats::PortStats port{};
        ReplaySource source({pipe.path()}, port);
        expect_bytes_to_stay(source);
    }
    // After a failure the writer must find a broken pipe, not wait at a full one.
    pipe.read_end = base::FileDescriptor();
    writer.join();
}

TEST(ReplayChunks, KeepBytesOfAGzipUntilTheyAreReleased) {
    const TempFolder folder;
    const std::string path = folder.path("a.pcap.gz");
    write_patterned_file(test::GzipWriter(path));
    stats::PortStats port{};
    ReplaySource source({path}, port);
    expect_bytes_to_stay(source);
}

// A mapped file's bytes stay for as long as it is open; the next one waits for the release.
TEST(ReplayChunks, KeepBytesOfAFileUntilTheyAreReleased) {
    const TempFolder folder;
    std::vector<std::string> paths;
    for (uint32_t i = 0; i < packet_count; i += packet_count / 10) {
        PcapBytes file;
        for (uint32_t j = 0; j < packet_count / 10; j++) file.packet(i, 0, patterned_packet(i + j));
        paths.push_back(folder.write(std::to_string(i), file.str()));
    }
    stats::PortStats port{};
    ReplaySource source(paths, port);
    expect_bytes_to_stay(source);
}

// Fails: one call may go through all three chunks when large blocks stand between the packets.
TEST(ReplayChunks, DISABLED_KeepBytesOfOneCallBetweenTheLargestBlocks) {
    const TempFolder folder;
    const std::string path = folder.path("a.pcapng.gz");
    {
        PcapngBytes large;
        large.block(0x0bad, large.body().raw(std::string((16u << 20) - 12, '\0')));
        test::GzipWriter file(path);
        file.write(PcapngBytes().section().interface().str());
        for (uint32_t i = 0; i < 12; i++) {
            file.write(PcapngBytes().enhanced(0, i, "packet " + std::to_string(i)).str());
            file.write(large.str());
        }
    }
    ReplayRun run({path});
    run.to_end();  // copies each batch when it has come whole
    ASSERT_EQ(run.packets.size(), 12u);
    for (uint32_t i = 0; i < 12; i++) EXPECT_EQ(run.packets[i].data, "packet " + std::to_string(i));
}

}  // namespace
}  // namespace baleen::drivers
