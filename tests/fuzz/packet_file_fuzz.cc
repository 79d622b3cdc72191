// Any bytes as a file of packets: it is refused, or read to its end; and what recovery makes of it
// has the packets that it says, and is whole from then on.
#include "packets/archive.h"
#include "packets/chunk_scan.h"
#include "packets/index_log.h"
#include "packets/recover.h"
#include "tests/fuzz/packets_fuzz_folder.h"

using namespace baleen;
using packets::Recovery;

namespace {

uint64_t packets_in(const std::string& path) {
    auto file = packets::PacketFile::open(path);
    BALEEN_ASSERT(file);
    packets::ChunkScan scan(*file, file->head_bytes(), file->bytes(), true);
    uint64_t packets = 0;
    uint64_t at = file->head_bytes();
    while (true) {
        const auto stretch = scan.next();
        BALEEN_ASSERT(stretch);
        if (!*stretch) break;
        BALEEN_ASSERT((*stretch)->offset == at && (*stretch)->bytes != 0);
        at += (*stretch)->bytes;
        packets += (*stretch)->row.packets;
        uint64_t seen = 0;
        uint64_t sum = 0;
        packets::PacketCursor cursor(scan.chunk_bytes(), file->is_pcap());
        while (const auto packet = cursor.next()) {
            seen++;
            for (const uint8_t byte : packets::Bytes(packet->data, packet->captured_bytes))
                sum += byte;
            for (const char c : packet->comment) sum += static_cast<uint8_t>(c);
        }
        BALEEN_ASSERT(sum != UINT64_MAX);  // every byte has been read
        BALEEN_ASSERT(seen == (*stretch)->row.packets);
    }
    BALEEN_ASSERT(at == file->bytes());
    return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string path = fuzz::folder() + "/packets-1.pcapng";
    ::unlink(packets::index_path(path).c_str());
    fuzz::write_file(path, {data, size});
    if (!packets::PacketFile::open(path)) return 0;
    const uint64_t before = packets_in(path);
    const auto recovery = packets::recover(path);
    BALEEN_ASSERT(recovery);
    BALEEN_ASSERT(recovery->packets_kept == before);
    BALEEN_ASSERT(packets_in(path) == before);
    const auto again = packets::recover(path);
    BALEEN_ASSERT(again && again->done == Recovery::Done::nothing);
    std::vector<std::string> problems;
    uint64_t listed = 0;
    for (const auto& row : packets::all_chunks(packets::describe_file(path), problems))
        listed += row.packets;
    BALEEN_ASSERT(problems.empty() && listed == before);
    return 0;
}
