#include "drivers/xdp/attachment.h"

#include <bpf/libbpf.h>
#include <net/if.h>

namespace baleen::drivers {
namespace {

// 0: none, or the interface is gone.
uint32_t program_on(uint32_t interface_index) {
    uint32_t id = 0;
    return bpf_xdp_query_id(static_cast<int>(interface_index), 0, &id) == 0 ? id : 0;
}

}  // namespace

XdpAttachment find_xdp(const std::string& interface) {
    const uint32_t index = ::if_nametoindex(interface.c_str());
    const uint32_t program = index == 0 ? 0 : program_on(index);
    return program == 0 ? XdpAttachment{} : XdpAttachment{index, program};
}

void detach_xdp(const XdpAttachment& attachment) {
    if (attachment.program_id == 0 ||
        program_on(attachment.interface_index) != attachment.program_id)
        return;
    bpf_xdp_detach(static_cast<int>(attachment.interface_index), 0, nullptr);
}

}  // namespace baleen::drivers
