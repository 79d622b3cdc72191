// A file of packets, opened to be read: pcapng, plain or in compressed frames, or classic pcap with
// nanoseconds.
//
// Owns: the descriptor, what its head says, and one buffer for what is read of it. Its bytes are
// foreign: everything is checked before it is used, and nothing that it says makes more than two
// chunks be read at a time.
#pragma once

#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "packet/batch.h"
#include "packets/block.h"
#include "packets/frame.h"
#include "packets/index_format.h"

namespace baleen::packets {

class PacketFile {
public:
    static base::Result<PacketFile> open(const std::string& path);

    const std::string& path() const { return path_; }
    int fd() const { return fd_.get(); }
    bool is_pcap() const { return is_pcap_; }
    Encoding encoding() const { return encoding_; }
    // When it was opened; a file that is written grows.
    uint64_t bytes() const { return bytes_; }
    // From where on there may be chunks.
    uint64_t head_bytes() const { return head_bytes_; }
    const std::vector<Interface>& interfaces() const { return interfaces_; }
    void add_interface(Interface interface) { interfaces_.push_back(std::move(interface)); }

    // As it stands there, up to `count` bytes. Valid until the next read.
    base::Result<Bytes> read(uint64_t offset, size_t count);
    // The same, not compressed any more. Fails where frames are not whole.
    base::Result<Bytes> read_plain(uint64_t offset, size_t stored_bytes);
    // The chunk that a row of the index is about, with the blocks in front of it, if it is there.
    base::Result<Bytes> read_chunk(const ChunkRow& row);

    FrameReader& frames() { return frames_; }

private:
    PacketFile(std::string path, base::FileDescriptor fd, uint64_t bytes)
        : path_(std::move(path)), fd_(std::move(fd)), bytes_(bytes) {}
    base::Status read_head();
    base::Status read_pcap_head(Bytes head);
    base::Error error(std::string_view what) const;

    std::string path_;
    base::FileDescriptor fd_;
    uint64_t bytes_;
    uint64_t head_bytes_ = 0;
    bool is_pcap_ = false;
    Encoding encoding_ = Encoding::plain;
    std::vector<Interface> interfaces_;
    std::vector<uint8_t> stored_;
    std::vector<uint8_t> plain_;
    FrameReader frames_;
};

// The packets of a chunk, or of a run of pcap records, one after the other.
class PacketCursor {
public:
    PacketCursor(Bytes bytes, bool is_pcap) : bytes_(bytes), is_pcap_(is_pcap) {}

    // None: nothing follows that is whole.
    std::optional<PacketView> next();
    // Bytes that were whole, up to here.
    size_t position() const { return position_; }

private:
    std::optional<PacketView> next_record();

    Bytes bytes_;
    bool is_pcap_;
    size_t position_ = 0;
};

// As parsers and filters take it.
packet::Packet to_parse(const PacketView& view, packet::LinkType link);

inline constexpr uint32_t pcap_head_bytes = 24;
inline constexpr uint32_t pcap_record_bytes = 16;

}  // namespace baleen::packets
