// What `-i NAME` means: a PCI address, a DPDK device string, or an interface of the kernel, which
// AF_XDP or AF_PACKET can open.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace baleen::drivers {

// One way to open a device.
struct Candidate {
    std::string driver;         // "AF_XDP", "AF_PACKET", "PCI", "vdev": for messages
    std::string device_string;  // for rte_dev_probe()
};

struct Device {
    std::string name;                // as the user wrote it
    std::string interface;           // kernel interface behind it, or empty
    std::vector<Candidate> choices;  // best first; the next is tried when one fails
    std::string reason;              // why the first is not AF_XDP, where that needs saying
};

// `index` makes DPDK's device names unique. `xdp_program`: path of an object file for AF_XDP, tried
// first; empty for none.
base::Result<Device> resolve_device(const std::string& name, size_t index,
                                    const std::string& xdp_program);

}  // namespace baleen::drivers
