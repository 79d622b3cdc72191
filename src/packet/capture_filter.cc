#include "packet/capture_filter.h"

#include <fmt/format.h>

#include "baleen/limits.h"

namespace baleen::packet {
namespace {

struct KnownLink {
    LinkType link;
    int dlt;  // libpcap's number for it, which differs for raw IP
};
constexpr std::array known_links = {
    KnownLink{LinkType::ethernet, DLT_EN10MB},     KnownLink{LinkType::raw, DLT_RAW},
    KnownLink{LinkType::raw_bsd, DLT_RAW},         KnownLink{LinkType::raw_openbsd, DLT_RAW},
    KnownLink{LinkType::raw_ipv4, DLT_IPV4},       KnownLink{LinkType::raw_ipv6, DLT_IPV6},
    KnownLink{LinkType::null, DLT_NULL},           KnownLink{LinkType::loop, DLT_LOOP},
    KnownLink{LinkType::linux_sll, DLT_LINUX_SLL}, KnownLink{LinkType::linux_sll2, DLT_LINUX_SLL2},
};

}  // namespace

base::Result<CaptureFilter> CaptureFilter::compile(const std::string& text) {
    CaptureFilter filter;
    if (text.empty()) return filter;
    static_assert(known_links.size() == program_count);
    filter.programs_ = std::make_unique<std::array<Program, program_count>>();
    for (size_t i = 0; i < program_count; i++) {
        Program& program = (*filter.programs_)[i];
        program.link = known_links[i].link;
        const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
            pcap_open_dead(known_links[i].dlt, limits::packet_bytes_max), pcap_close);
        if (pcap_compile(handle.get(), &program.code, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0)
            continue;
        // Ethernet has every feature: what fails there is wrong, what fails elsewhere only has no
        // match there.
        if (known_links[i].link == LinkType::ethernet)
            return base::Error{
                fmt::format("capture filter '{}': {}", text, pcap_geterr(handle.get()))};
        const int nothing =
            pcap_compile(handle.get(), &program.code, "less 0", 1, PCAP_NETMASK_UNKNOWN);
        BALEEN_ASSERT(nothing == 0);
    }
    return filter;
}

bool CaptureFilter::accepts(const Packet& packet) const {
    for (const Program& program : *programs_)
        if (program.link == packet.link)
            return bpf_filter(program.code.bf_insns, packet.data, packet.wire_length,
                              packet.captured_length) != 0;
    return true;
}

}  // namespace baleen::packet
