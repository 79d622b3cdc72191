// How files begin and end.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dataplane/capture/file_name.h"
#include "dataplane/capture/file_series.h"
#include "dataplane/capture/pcap_records.h"

namespace baleen::capture {
namespace {

// A compressed head is padded to its length, for which it must be smaller: a kilobyte is more than
// both formats add to what they cannot compress.
constexpr uint32_t head_bytes_to_compress = head_bytes - 1024;

}  // namespace

// False: not now.
bool FileSeries::begin_file(int64_t first_ns) {
    if (now_ns_ < begin_ns_) return false;
    if (const int error = create_file(first_ns); error != 0) {
        file_.reset();
        shared_.totals.failures++;
        begin_ns_ = now_ns_ + retry_interval_ns;
        if (error == ENOSPC) shared_.housekeeper.retain();
        fails(std::strerror(error));
        return false;
    }
    shared_.totals.files++;
    synced_ns_ = now_ns_;
    must_sync_ = false;
    shared_.housekeeper.retain();
    return true;
}

int FileSeries::create_file(int64_t first_ns) {
    const std::string& directory = shared_.settings.directory;
    file_.emplace();
    file_->begun_ns = now_ns_;
    file_->last_ns = first_ns;
    file_->interfaces_in_head = file_->interfaces = link_ ? 0 : interface_count();
    while (true) {
        file_->path = directory;
        if (!shared_.is_device)
            file_->path += "/" + file_name(shared_.settings, first_ns, ++shared_.file_number);
        int error = create_with_head();
        if (error == EEXIST) continue;
        std::error_code failed;
        if (error == ENOENT && std::filesystem::create_directories(directory, failed))
            error = create_with_head();
        if (error != 0) return failed ? failed.value() : error;
        break;
    }
    if (shared_.is_device) return 0;
    auto index = packets::IndexLog::create(file_->path);
    if (index) file_->index = *std::move(index);
    else
        shared_.notices.push_back(fmt::format("'{}' has no index and is searched as a whole: {}",
                                              file_->path, index.error().message));
    return 0;
}

// A file without its head is none, and goes again.
int FileSeries::create_with_head() {
    AlignedBytes bytes = link_ ? AlignedBytes(pcap_head_bytes) : head();
    // Records of the classic format end anywhere, which direct writes cannot.
    const bool is_direct = shared_.may_be_direct && !link_;
    if (const int error = file_->file.create(file_->path, is_direct); error != 0) return error;
    if (link_) put_pcap_head(bytes.data(), *link_);
    int error = file_->file.write_at(0, bytes.bytes());
    if (error == EINVAL && file_->file.is_direct()) {
        file_->file.drop_direct();
        error = file_->file.write_at(0, bytes.bytes());
    }
    if (error != 0 && !shared_.is_device) ::unlink(file_->path.c_str());
    if (error == 0 && is_direct && !file_->file.is_direct() && !shared_.is_device) direct_refused();
    file_->end = file_->done = bytes.size();
    return error;
}

void FileSeries::direct_refused() {
    shared_.may_be_direct = false;
    shared_.notices.push_back(
        fmt::format("'{}' refuses writes past the page cache (O_DIRECT); they go through it, which "
                    "costs CPU time",
                    shared_.settings.directory));
}

void FileSeries::end_file() {
    AlignedBytes new_tail, new_head;
    if (!link_ && !shared_.is_device) {
        new_tail = tail();
        new_head = head();
    }
    hand_over(std::move(new_tail), std::move(new_head));
    file_.reset();
    is_rotating_ = false;
}

void FileSeries::hand_over(AlignedBytes tail, AlignedBytes head) {
    shared_.housekeeper.finish({.path = std::move(file_->path),
                                .file = std::move(file_->file),
                                .end = file_->done,
                                .tail = std::move(tail),
                                .head = std::move(head),
                                .index = std::move(file_->index)});
}

// What was on its way to the file goes to the next one.
void FileSeries::let_go() {
    if (file_->file.is_linked()) hand_over({}, {});
    file_.reset();
    writes_.clear();
    std::erase_if(pieces_, [](const Piece& piece) { return piece.chunk == nullptr; });
    placed_ = 0;
    is_rotating_ = false;
    is_lost_ = false;
}

void FileSeries::give_up() {
    pop_done();
    has_given_up_ = true;
    if (!file_) return;
    if (in_flight() == 0) return is_lost_ ? let_go() : end_file();
    file_.reset();
}

uint32_t FileSeries::interface_count() const {
    uint32_t count = 0;
    while (shared_.interfaces.at(count)) count++;
    return count;
}

std::vector<InterfaceFacts> FileSeries::interface_facts(uint32_t from, uint32_t to) const {
    std::vector<InterfaceFacts> facts;
    for (uint32_t number = from; number < to; number++) {
        const auto interface = *shared_.interfaces.at(number);
        std::string name = shared_.facts.port ? shared_.facts.port(interface.port_index).name : "";
        facts.push_back({std::move(name), interface.link});
    }
    return facts;
}

AlignedBytes FileSeries::head() const {
    const auto interfaces = interface_facts(0, file_->interfaces_in_head);
    const std::string comment = shared_.facts.comment ? shared_.facts.comment() : "";
    AlignedBytes out(head_bytes);
    if (shared_.compressor.is_none()) {
        put_head(out.bytes(), interfaces, comment);
        return out;
    }
    AlignedBytes section(head_bytes_to_compress);
    put_head(section.bytes(), interfaces, comment);
    AlignedBytes room(std::max(uint64_t{head_bytes}, shared_.compressor.bound(section.size())));
    const uint64_t bytes = shared_.compressor.compress(section.bytes(), room.bytes(),
                                                       Compressor::Place::begin, head_bytes);
    BALEEN_ASSERT(bytes == head_bytes);
    std::memcpy(out.data(), room.data(), bytes);
    return out;
}

AlignedBytes FileSeries::tail() const {
    std::vector<InterfaceStatistics> statistics;
    std::vector<uint16_t> told;
    for (uint32_t number = 0; number < file_->interfaces; number++) {
        // Counters are those of a port: of several interfaces of one the first has them.
        const uint16_t port_index = shared_.interfaces.at(number)->port_index;
        if (!shared_.facts.port || std::ranges::count(told, port_index) != 0) continue;
        told.push_back(port_index);
        const PortFacts facts = shared_.facts.port(port_index);
        statistics.push_back({number, facts.received, facts.dropped});
    }
    return stored(statistics_blocks(statistics, file_->last_ns), Compressor::Place::end);
}

AlignedBytes FileSeries::stored(AlignedBytes blocks, Compressor::Place place) const {
    const bool is_end = place == Compressor::Place::end && shared_.compressor.has_end();
    if (shared_.compressor.is_none() || (blocks.size() == 0 && !is_end)) return blocks;
    AlignedBytes room(shared_.compressor.bound(blocks.size()));
    AlignedBytes out(shared_.compressor.compress(blocks.bytes(), room.bytes(), place));
    std::memcpy(out.data(), room.data(), out.size());
    return out;
}

}  // namespace baleen::capture
