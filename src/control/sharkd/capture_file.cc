#include "control/sharkd/capture_file.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "packets/block.h"
#include "packets/file.h"

namespace baleen::sharkd {

base::Result<CaptureFile> CaptureFile::make() {
    base::FileDescriptor file(::memfd_create("capture", MFD_CLOEXEC));
    if (!file)
        return base::Error{
            fmt::format("there is no memory for a capture: {}", std::strerror(errno))};
    return CaptureFile(std::move(file));
}

bool CaptureFile::take(std::string& bytes) {
    const packets::Bytes given(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    size_t taken = 0;
    bool is_full = false;
    while (const auto block = packets::first_block(given.subspan(taken))) {
        const bool is_packet = block->type == packets::BlockType::enhanced_packet;
        is_full = packets_ + is_packet > capture_packets_max ||
                  bytes_ + taken + block->bytes.size() > capture_bytes_max;
        if (is_full) break;
        packets_ += is_packet;
        taken += block->bytes.size();
    }
    is_full |= !packets::write_all(file_.get(), "capture", given.first(taken));
    bytes_ += taken;
    bytes.erase(0, taken);
    return !is_full;
}

}  // namespace baleen::sharkd
