#include "dataplane/capture/output.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "dataplane/capture/pcap_records.h"

namespace baleen::capture {

base::Result<std::unique_ptr<Output>> Output::create(const OutputSettings& settings,
                                                     const Interfaces& interfaces,
                                                     SectionFacts facts) {
    struct stat status {};
    const bool is_there = ::stat(settings.directory.c_str(), &status) == 0;
    const bool is_device = is_there && S_ISCHR(status.st_mode);
    std::error_code error;
    if (!is_there) std::filesystem::create_directories(settings.directory, error);
    if (error)
        return base::Error{fmt::format("cannot make the folder '{}' for packets: {}",
                                       settings.directory, error.message())};
    if (is_there && !is_device && !S_ISDIR(status.st_mode))
        return base::Error{
            fmt::format("capture.directory '{}' is not a folder", settings.directory)};
    if (::access(settings.directory.c_str(), is_device ? W_OK : W_OK | X_OK) != 0)
        return base::Error{fmt::format("cannot write packets to '{}': {}", settings.directory,
                                       std::strerror(errno))};
    if (settings.format == Format::pcap && settings.compression != Compression::none)
        return base::Error{"capture.compression is for capture.format \"pcapng\" only"};
    return std::unique_ptr<Output>(new Output(settings, interfaces, std::move(facts), is_device));
}

Output::Output(const OutputSettings& settings, const Interfaces& interfaces, SectionFacts facts,
               bool is_device)
    : shared_{.settings = settings,
              .interfaces = interfaces,
              .facts = std::move(facts),
              .is_device = is_device,
              .ring = IoRing(settings.may_use_io_uring),
              .compressor = Compressor(settings.compression),
              .housekeeper = Housekeeper(is_device ? "" : settings.directory,
                                         {.bytes = settings.retention_bytes,
                                          .age_ns = settings.retention_age_ns,
                                          .free_bytes = settings.free_bytes}),
              .may_be_direct = settings.may_use_direct} {
    if (const int refusal = shared_.ring.refusal(); refusal != 0)
        shared_.notices.push_back(
            fmt::format("packets are written without io_uring, one write at a time: {}",
                        std::strerror(refusal)));
    if (settings.format == Format::pcapng) series_of(std::nullopt);
}

FileSeries& Output::series_of(std::optional<packet::LinkType> link) {
    for (const auto& series : series_)
        if (series->link() == link) return *series;
    return *series_.emplace_back(std::make_unique<FileSeries>(shared_, link));
}

void Output::submit(const SealedChunk& chunk) {
    BALEEN_ASSERT(has_room() && !is_finishing_);
    entries_.emplace_back().chunk = chunk;
}

bool Output::take_done(SealedChunk& chunk, bool& written) {
    if (entries_.empty()) return false;
    Entry& entry = entries_.front();
    if (!entry.is_given_up && (!entry.is_prepared || entry.pending != 0)) return false;
    chunk = entry.chunk;
    written = !entry.is_given_up;
    if (written) {
        shared_.totals.packets += chunk.header().packets;
        shared_.totals.packet_bytes += chunk.header().captured_bytes;
    }
    if (entry.stage.size() != 0) stages_.push_back(std::move(entry.stage));
    entries_.pop_front();
    return true;
}

void Output::poll(int64_t now_ns) {
    reap();
    const bool needs_stage =
        shared_.settings.format == Format::pcap || !shared_.compressor.is_none();
    uint32_t staged = 0;
    for (Entry& entry : entries_) {
        if (entry.is_prepared) continue;
        if (needs_stage && staged++ == staged_per_poll) break;
        prepare(entry);
    }
    const bool is_last = is_finishing_ && std::ranges::all_of(entries_, [](const Entry& entry) {
                             return entry.is_prepared || entry.is_given_up;
                         });
    for (const auto& series : series_) {
        if (is_last) series->finish();
        series->poll(now_ns);
    }
}

void Output::reap() {
    IoRing::Completion completion;
    while (shared_.ring.take(completion)) {
        auto& operation = *static_cast<FileSeries::Operation*>(completion.token);
        operation.series->complete(operation, completion.result);
    }
}

AlignedBytes Output::take_stage() {
    if (!stages_.empty()) {
        AlignedBytes stage = std::move(stages_.back());
        stages_.pop_back();
        return stage;
    }
    const bool is_compressed = !shared_.compressor.is_none();
    return AlignedBytes(is_compressed ? shared_.compressor.bound(packets::chunk_bytes_max)
                                      : packets::chunk_bytes_max);
}

void Output::prepare(Entry& entry) {
    entry.is_prepared = true;
    const auto& header = entry.chunk.header();
    const std::span<const uint8_t> chunk(entry.chunk.memory.bytes, header.chunk_bytes);
    if (shared_.settings.format == Format::pcap) {
        entry.stage = take_stage();
        for (const auto& part : copy_records(header, shared_.interfaces, entry.stage.data()))
            push(entry, series_of(part.link), part.bytes, part.packets);
    } else if (shared_.compressor.is_none()) {
        push(entry, series_of(std::nullopt), chunk, header.packets);
    } else {
        entry.stage = take_stage();
        const uint64_t bytes = shared_.compressor.compress(chunk, entry.stage.bytes());
        push(entry, series_of(std::nullopt), entry.stage.bytes().first(bytes), header.packets);
    }
}

void Output::push(Entry& entry, FileSeries& series, std::span<const uint8_t> bytes,
                  uint32_t packets) {
    Piece piece;
    piece.bytes = bytes;
    piece.first_ns = entry.chunk.header().first_ns;
    piece.chunk = &entry.chunk;
    piece.packets = packets;
    piece.pending = &entry.pending;
    entry.pending++;
    series.push(std::move(piece));
}

bool Output::is_failing() const {
    return std::ranges::any_of(series_, [](const auto& series) { return series->is_failing(); });
}

void Output::finish() { is_finishing_ = true; }

bool Output::is_idle() const {
    const auto is_done = [](const Entry& entry) {
        return entry.is_given_up || (entry.is_prepared && entry.pending == 0);
    };
    return std::ranges::all_of(entries_, is_done) &&
           std::ranges::all_of(series_, [](const auto& series) { return series->is_idle(); }) &&
           shared_.housekeeper.is_idle();
}

bool Output::has_in_flight() const {
    return std::ranges::any_of(series_,
                               [](const auto& series) { return series->in_flight() != 0; });
}

void Output::abort() {
    // Those on their way are nearly always over before that, and then the file ends with them.
    constexpr std::chrono::milliseconds patience{100};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    reap();
    while (has_in_flight() && std::chrono::steady_clock::now() < deadline) {
        shared_.ring.wait(std::chrono::milliseconds(10));
        reap();
    }
    for (const auto& series : series_) series->give_up();
    for (Entry& entry : entries_) entry.is_given_up = !entry.is_prepared || entry.pending != 0;
    is_finishing_ = true;
    if (has_in_flight()) shared_.housekeeper.give_up();
}

std::vector<std::string> Output::take_notices() {
    auto notices = std::exchange(shared_.notices, {});
    for (auto& notice : shared_.housekeeper.take_notices()) notices.push_back(std::move(notice));
    return notices;
}

}  // namespace baleen::capture
