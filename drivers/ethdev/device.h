// What `-i NAME` means: a PCI address, a DPDK device string, or an interface of the kernel, which
// AF_XDP or AF_PACKET can open.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

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

// `index` makes DPDK's device names unique. AF_XDP is tried first with the program in the object
// file `xdp_program`, unless that is empty. An AF_PACKET port gets a socket for each worker, as far
// as the driver goes; the kernel spreads packets over them by host pair (af_packet_fanout.h).
base::Result<Device> resolve_device(const std::string& name, size_t index,
                                    const config::Settings& settings,
                                    const std::string& xdp_program);

// Queues that a port opened so will have, at most: to reserve memory before it is opened.
uint32_t expected_queues(const Candidate& choice, const config::Settings& settings);

}  // namespace baleen::drivers
