#include "drivers/ethdev/attach.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include <cstring>
#include <string>

namespace baleen::drivers {
namespace {

constexpr uint16_t id_absent = UINT16_MAX;

// The port that a device string has just made.
uint16_t port_of(const std::string& device_string) {
    const std::string name = device_string.substr(0, device_string.find(','));
    uint16_t id = id_absent;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
    rte_dev_iterator iterator;
    RTE_ETH_FOREACH_MATCHING_DEV(id, device_string.c_str(), &iterator) {
        rte_eth_iterator_cleanup(&iterator);
        return id;
    }
    return id_absent;
}

}  // namespace

base::Error failed(std::string_view what, int code) {
    return {fmt::format("{}: {}", what, std::strerror(code < 0 ? -code : code))};
}

base::Result<uint16_t> attach(const Candidate& candidate) {
    // EAL opens the PCI devices that it finds by itself, and says "Failed to attach device" when it
    // is asked to open one again.
    uint16_t id = candidate.driver == "PCI" ? port_of(candidate.device_string) : id_absent;
    if (id != id_absent) return id;
    if (const int code = rte_dev_probe(candidate.device_string.c_str()); code != 0)
        return failed("cannot be opened", code);
    id = port_of(candidate.device_string);
    if (id == id_absent) return base::Error{"has no Ethernet port"};
    return id;
}

}  // namespace baleen::drivers
