// The XDP program on an interface: which one it is, and taking it off again.
//
// Why: the AF_XDP driver attaches its program through netlink, so it stays when the process dies
// without closing the port, and an interface whose program hands packets to a socket that is gone
// is deaf.
#pragma once

#include <cstdint>
#include <string>

namespace baleen::drivers {

struct XdpAttachment {
    uint32_t interface_index = 0;  // 0: no program
    uint32_t program_id = 0;
};

// What is attached to an interface now.
XdpAttachment find_xdp(const std::string& interface);

// Takes a program off its interface, unless another one has taken its place.
void detach_xdp(const XdpAttachment& attachment);

}  // namespace baleen::drivers
