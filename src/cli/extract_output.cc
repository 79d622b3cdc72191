#include "cli/extract_output.h"

#include "packets/file.h"

namespace baleen::cli {
namespace {

constexpr uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr size_t buffer_bytes = 1 << 20;

std::vector<uint8_t> section_header() {
    constexpr std::string_view program = "Baleen " BALEEN_VERSION;
    const uint32_t block_bytes = packets::block_frame_bytes + 16 +
                                 packets::comment_bytes(static_cast<uint32_t>(program.size()));
    std::vector<uint8_t> block(block_bytes);
    uint8_t* to =
        packets::begin_block(block.data(), packets::BlockType::section_header, block_bytes);
    to = packets::put(to, byte_order_magic);
    to = packets::put(to, uint16_t{1});
    to = packets::put(to, uint16_t{0});
    to = packets::put(to, UINT64_MAX);  // length of the section: not told
    to = packets::put_option(to, packets::OptionCode::section_application, program);
    to = packets::put(to, uint32_t{0});  // end of options
    packets::put(to, block_bytes);
    return block;
}

}  // namespace

base::Result<ExtractOutput> ExtractOutput::open(const std::string& path) {
    const bool is_stdout = path == "-";
    File file(is_stdout ? stdout : std::fopen(path.c_str(), "wbe"), std::fclose);
    if (!file) return packets::system_error("cannot write to", path);
    std::setvbuf(file.get(), nullptr, _IOFBF, buffer_bytes);
    ExtractOutput output(is_stdout ? "standard output" : path, std::move(file));
    output.put(section_header());
    return output;
}

void ExtractOutput::put(const std::vector<uint8_t>& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) failed_ = true;
}

uint32_t ExtractOutput::interface_number(const packets::Interface& interface) {
    const auto [found, is_new] =
        interfaces_.try_emplace(std::string(interface.block.begin(), interface.block.end()),
                                static_cast<uint32_t>(interfaces_.size()));
    if (is_new) put(interface.block);
    return found->second;
}

base::Status ExtractOutput::write(const packets::PacketView& packet) {
    const auto comment = static_cast<uint32_t>(packet.comment.size());
    block_.resize(packets::packet_block_bytes(packet.captured_bytes, comment));
    packets::put_packet(block_.data(), packet);
    put(block_);
    if (failed_) return packets::system_error("cannot write to", path_);
    return base::Ok{};
}

base::Status ExtractOutput::close() {
    failed_ |= std::fclose(file_.release()) != 0;
    if (failed_) return packets::system_error("cannot write to", path_);
    return base::Ok{};
}

}  // namespace baleen::cli
