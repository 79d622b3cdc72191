#include "cli/extract_output.h"

#include "packets/file.h"

namespace baleen::cli {
namespace {

constexpr size_t buffer_bytes = 1 << 20;

std::vector<uint8_t> section_header() {
    constexpr std::string_view program = "Baleen " BALEEN_VERSION;
    std::vector<uint8_t> block(packets::section_header_bytes(0, program.size()));
    packets::put_section_header(block.data(), {}, program);
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
