// A writer of packets with a worker that fills its chunks, and readers of what it leaves.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/capture/output.h"
#include "drivers/replay/pcap_format.h"
#include "packets/chunk_builder.h"
#include "tests/unit/format_run.h"
#include "tests/unit/pcapng_run.h"
#include "tests/unit/random.h"

namespace baleen::test {

inline constexpr int64_t first_packet_ns = 1'795'657'594'000'000'123;  // 20261126T014634Z

struct SentPacket {
    int64_t time_ns;
    std::string data;
    packet::LinkType link;
};

// The standard output of a command line that must succeed.
inline std::string output_of(const std::string& command) {
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string out;
    std::array<char, 65536> buffer;
    while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        out.append(buffer.data(), got);
    const int status = ::pclose(pipe.release());
    EXPECT_EQ(status, 0) << command;
    return out;
}

inline std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class CaptureRun {
public:
    explicit CaptureRun(capture::OutputSettings settings, capture::SectionFacts facts = {})
        : settings_(std::move(settings)) {
        auto output = capture::Output::create(settings_, interfaces, std::move(facts));
        if (!output) {
            ADD_FAILURE() << output.error().message;
            std::abort();
        }
        output_ = *std::move(output);
        for (size_t slot = 0; slot < slot_count; slot++) {
            slots_[slot].bytes = capture::AlignedBytes(packets::chunk_bytes_max);
            slots_[slot].flows.resize(packets::chunk_flows_max);
            free_.push_back(slot);
        }
    }

    capture::Output& output() { return *output_; }
    void restart_without_waiting() { output_.reset(); }

    // A chunk with so many packets, which the writer takes. False: all memory is on its way.
    bool send_chunk(uint32_t packet_count, uint32_t packet_bytes,
                    packet::LinkType link = packet::LinkType::ethernet, uint16_t port = 0) {
        turn();
        if (free_.empty() || !output_->has_room()) return false;
        const size_t slot = free_.back();
        free_.pop_back();
        packets::ChunkBuilder builder;
        builder.begin({slots_[slot].bytes.data(), slots_[slot].flows}, 0, sequence_++);
        for (uint32_t i = 0; i < packet_count && builder.has_room(packet_bytes, 16); i++) {
            std::string data(packet_bytes, '\0');
            for (char& c : data) c = static_cast<char>(random_.below(256));
            const uint32_t flow = static_cast<uint32_t>(random_.below(50));
            if (i == 0)
                builder.add_flow({.flow_id = flow,
                                  .tuple_key = flow,
                                  .host_keys = {flow, flow + 1},
                                  .previous_flow = 0,
                                  .previous_sequence = packets::none_before});
            builder.append({.data = reinterpret_cast<const uint8_t*>(data.data()),
                            .captured_bytes = packet_bytes,
                            .wire_bytes = packet_bytes + 7,
                            .time_ns = time_ns_,
                            .interface = interfaces.number_of(port, link),
                            .comment = i % 2 == 0 ? "flow=1234" : ""});
            sent.push_back({time_ns_, std::move(data), link});
            time_ns_ += 1'000'001;
        }
        builder.seal();
        output_->submit(
            {{slots_[slot].bytes.data(), slots_[slot].flows}, 0, static_cast<uint32_t>(slot)});
        return true;
    }
    void send_chunks(uint32_t count, uint32_t packet_count, uint32_t packet_bytes) {
        for (uint32_t i = 0; i < count; i++)
            ASSERT_TRUE(wait_for([&] { return send_chunk(packet_count, packet_bytes); }));
    }

    // What the writer's thread does again and again.
    void turn() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        output_->poll(std::chrono::nanoseconds(now).count());
        capture::SealedChunk chunk;
        bool written = false;
        while (output_->take_done(chunk, written)) {
            EXPECT_EQ(chunk.header().sequence, done_count + given_up_count) << "out of order";
            (written ? done_count : given_up_count)++;
            free_.push_back(chunk.slot);
        }
        for (auto& notice : output_->take_notices()) notices.push_back(std::move(notice));
    }

    template <class Condition>
    bool wait_for(Condition is_met, std::chrono::milliseconds longest = std::chrono::seconds(20)) {
        const auto deadline = std::chrono::steady_clock::now() + longest;
        while (!is_met()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            turn();
            output_->wait(std::chrono::milliseconds(1));
        }
        return true;
    }
    bool wait_for_done(uint64_t count) {
        return wait_for([&] { return done_count == count; });
    }
    bool wait_for_notice(const std::string& part) {
        return wait_for([&] { return notices_with(part) != 0; });
    }
    void finish() {
        output_->finish();
        EXPECT_TRUE(wait_for([&] { return output_->is_idle(); }));
        turn();
    }

    long notices_with(const std::string& part) const {
        return std::ranges::count_if(notices, [&](const std::string& notice) {
            return notice.find(part) != std::string::npos;
        });
    }
    // By name, without indexes.
    std::vector<std::string> files() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(settings_.directory))
            if (entry.path().filename().string().starts_with("packets-") &&
                entry.path().string().find(".index") == std::string::npos)
                found.push_back(entry.path().string());
        std::ranges::sort(found, {},
                          [](const std::string& path) { return path.substr(path.rfind('-')); });
        return found;
    }

    capture::Interfaces interfaces;
    std::vector<SentPacket> sent;
    std::vector<std::string> notices;
    uint64_t done_count = 0;
    uint64_t given_up_count = 0;

private:
    struct Slot {
        capture::AlignedBytes bytes;
        std::vector<packets::ChunkFlow> flows;
    };
    static constexpr size_t slot_count = 20;

    capture::OutputSettings settings_;
    std::array<Slot, slot_count> slots_;
    std::vector<size_t> free_;
    uint64_t sequence_ = 0;
    int64_t time_ns_ = first_packet_ns;
    Random random_{seed()};
    std::unique_ptr<capture::Output> output_;
};

// All packets of these files, in order, whatever their format is.
inline std::vector<SeenPacket> packets_of(const std::vector<std::string>& paths) {
    std::vector<SeenPacket> all;
    for (const std::string& path : paths) {
        std::string bytes = contents(path);
        if (path.ends_with(".zst")) bytes = output_of("zstd -dc < '" + path + "'");
        if (path.ends_with(".lz4")) bytes = output_of("lz4 -dc < '" + path + "'");
        FormatRun run;
        if (path.ends_with(".pcap")) {
            auto format = drivers::PcapFormat::open(as_bytes(bytes));
            EXPECT_TRUE(format) << path;
            if (format) run = run_format(*format, std::string_view(bytes).substr(24));
        } else {
            run = read_pcapng(bytes);
        }
        EXPECT_EQ(run.failure, "") << path;
        all.insert(all.end(), run.packets.begin(), run.packets.end());
    }
    return all;
}

inline void expect_all(const std::vector<SentPacket>& sent, const std::vector<SeenPacket>& seen) {
    ASSERT_EQ(sent.size(), seen.size());
    for (size_t i = 0; i < sent.size(); i++) {
        ASSERT_EQ(sent[i].time_ns, seen[i].time_ns) << "packet " << i;
        ASSERT_EQ(sent[i].data, seen[i].data) << "packet " << i;
        ASSERT_EQ(sent[i].data.size() + 7, seen[i].wire_length) << "packet " << i;
        ASSERT_EQ(sent[i].link, seen[i].link) << "packet " << i;
    }
}

}  // namespace baleen::test
