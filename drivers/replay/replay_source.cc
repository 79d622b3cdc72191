#include "drivers/replay/replay_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

namespace baleen::drivers {
namespace {

uint64_t file_bytes(const std::string& path) {
    struct stat status {};
    return path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)
               ? static_cast<uint64_t>(status.st_size)
               : 0;
}

// Fetches the bytes that lie `lookahead_bytes` further on, as many as this packet has.
//
// Why: records follow one another by their lengths, so the next header is not known before this one
// has come out of memory, and packets of some hundred bytes are strides that no hardware prefetcher
// follows: each packet would cost a full DRAM latency. PERF: bench/compare, real mix.
void prefetch_ahead(const uint8_t* at, uint32_t bytes) {
    constexpr uint32_t lookahead_bytes =
        4096;  // ten packets of 400 bytes: 10 x 20 ns covers the latency
    constexpr uint32_t line_bytes = 64;
    for (uint32_t offset = 0; offset <= bytes; offset += line_bytes)
        __builtin_prefetch(at + lookahead_bytes + offset, 0, 2);
}

// What people hand over by mistake, with the way out.
std::string_view hint(std::span<const uint8_t> bytes) {
    const auto starts_with = [&](std::initializer_list<uint8_t> magic) {
        return bytes.size() >= magic.size() &&
               std::equal(magic.begin(), magic.end(), bytes.begin());
    };
    if (starts_with({0x1f, 0x8b})) return "is compressed; use: zcat FILE | baleen ... -r -";
    if (starts_with({0x28, 0xb5, 0x2f, 0xfd}))
        return "is compressed; use: zstdcat FILE | baleen ... -r -";
    if (starts_with({0xfd, '7', 'z', 'X', 'Z'}))
        return "is compressed; use: xzcat FILE | baleen ... -r -";
    return "is neither pcap nor pcapng";
}

}  // namespace

ReplaySource::ReplaySource(std::vector<std::string> paths, stats::PortStats& port)
    : paths_(std::move(paths)), port_(port) {
    uint64_t total = 0;
    for (const std::string& path : paths_) total += file_bytes(path);
    port_.progress_total.store(total, std::memory_order_relaxed);
}

void ReplaySource::open_next() {
    const std::string& path = paths_[next_path_++];
    auto input = CaptureInput::open(path);
    if (!input) {
        problems_.push_back(fmt::format("{} {}", path, input.error().message));
        return;
    }
    file_.emplace(File{std::move(*input), {}, 0});
}

void ReplaySource::close(std::string_view problem) {
    const std::string& path = paths_[next_path_ - 1];
    if (!problem.empty())
        problems_.push_back(fmt::format("{} {} (after packet {}, at byte {})",
                                        path == "-" ? "standard input" : path, problem,
                                        file_->packets, file_->input.position_bytes()));
    closed_bytes_ += file_bytes(path);
    retired_ = std::exchange(file_, std::nullopt);
}

void ReplaySource::stop() {
    if (file_) close("");
    next_path_ = paths_.size();
}

void ReplaySource::recognise(bool may_overwrite) {
    const auto bytes = file_->input.window();
    if (bytes.size() < PcapFormat::file_header_bytes &&
        file_->input.refill(may_overwrite, true) != CaptureInput::Refill::ended)
        return;
    if (PcapngFormat::recognises(bytes)) {
        file_->format.emplace<PcapngFormat>();
    } else if (PcapFormat::recognises(bytes)) {
        auto format = PcapFormat::open(bytes);
        if (!format) return close(format.error().message);
        file_->format.emplace<PcapFormat>(std::move(*format));
        file_->input.consume(PcapFormat::file_header_bytes);
    } else {
        const std::string& failure = file_->input.failure();
        close(!failure.empty() ? failure : bytes.empty() ? "is empty" : hint(bytes));
    }
}

// As many packets as the bytes at hand hold; what is counted stays in registers meanwhile.
template <class Format>
Step ReplaySource::read_at_hand(Format& format, packet::Batch& batch, uint32_t limit) {
    const auto bytes = file_->input.window();
    uint64_t at = 0, wire_bytes = 0;
    uint32_t count = batch.count;
    StepResult result{Step::packet};
    SourceClock clock = clock_;
    while (count < limit) {
        packet::Packet& packet = batch.packets[count];
        result = format.next(bytes.subspan(at), packet);
        if (result.step != Step::packet && result.step != Step::skipped) [[unlikely]]
            break;
        at += result.consumed_bytes;
        if (result.step == Step::skipped) continue;
        prefetch_ahead(packet.data, packet.captured_length);
        packet.clock_ns = clock.advance(packet.time_ns);
        packet.port_index = 0;
        wire_bytes += packet.wire_length;
        count++;
    }
    clock_ = clock;
    file_->input.consume(at);
    file_->packets += count - batch.count;
    wire_packets_ += count - batch.count;
    wire_bytes_ += wire_bytes;
    batch.count = count;
    return result.step;
}

template <class Format>
void ReplaySource::read(Format& format, packet::Batch& batch, uint32_t limit, bool may_overwrite) {
    CaptureInput& input = file_->input;
    while (batch.count < limit) {
        input.advance_mapping();
        const Step step = read_at_hand(format, batch, limit);
        if (step == Step::failed) return close(format.failure());
        if (step != Step::need_more) continue;
        // Packets at hand do not wait for more.
        const auto refill = input.refill(may_overwrite, batch.count == 0);
        if (refill == CaptureInput::Refill::more) continue;
        if (refill == CaptureInput::Refill::later) return;
        if (!input.failure().empty()) return close(input.failure());
        return close(input.window().empty() ? "" : "is cut short in the middle of a packet");
    }
}

void ReplaySource::receive(packet::Batch& batch, uint32_t limit) {
    batch.count = 0;
    limit = std::min(limit, limits::lane_count);
    // If this was announced, everything handed out before has been released; what this call hands
    // out has not.
    const bool may_overwrite = must_quiesce();
    retired_.reset();
    if (!file_ && next_path_ < paths_.size()) open_next();
    if (file_ && std::holds_alternative<std::monostate>(file_->format)) recognise(may_overwrite);
    if (!file_) return;
    if (auto* pcap = std::get_if<PcapFormat>(&file_->format))
        read(*pcap, batch, limit, may_overwrite);
    else if (auto* pcapng = std::get_if<PcapngFormat>(&file_->format))
        read(*pcapng, batch, limit, may_overwrite);

    port_.wire_packets.store(wire_packets_, std::memory_order_relaxed);
    port_.wire_bytes.store(wire_bytes_, std::memory_order_relaxed);
    port_.progress_done.store(closed_bytes_ + (file_ ? file_->input.position_bytes() : 0),
                              std::memory_order_relaxed);
}

}  // namespace baleen::drivers
