// Any bytes as the index of a file, and as its log: refused, or answers that lie within the file.
#include "packets/archive.h"
#include "packets/index_file.h"
#include "packets/index_log.h"
#include "tests/fuzz/packets_fuzz_folder.h"

using namespace baleen;
using packets::Selector;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string path = fuzz::folder() + "/packets-1.pcapng";
    if (size < 5) return 0;
    uint32_t key;
    std::memcpy(&key, data, sizeof key);
    const bool is_log = (data[4] & 1) != 0;
    const std::span<const uint8_t> bytes(data + 5, size - 5);
    // As long as the index says, so that it is asked.
    uint64_t file_bytes = 1 << 20;
    if (!is_log && bytes.size() >= sizeof(packets::IndexHeader))
        std::memcpy(&file_bytes, &bytes[offsetof(packets::IndexHeader, file_bytes)], 8);
    ::unlink(packets::index_path(path).c_str());
    ::unlink(packets::index_log_path(path).c_str());
    fuzz::write_file(is_log ? packets::index_log_path(path) : packets::index_path(path), bytes);
    using State = packets::ArchiveFile::State;
    const packets::ArchiveFile file{path, file_bytes, is_log ? State::torn : State::sealed};
    for (const Selector& selector :
         {Selector{}, Selector::of(key), Selector::all({Selector::of(key), Selector::of(~key)})}) {
        std::vector<std::string> problems;
        for (const auto& row : packets::candidates(file, selector, {}, problems))
            BALEEN_ASSERT(packets::is_row_of(row, file_bytes));
    }
    return 0;
}
