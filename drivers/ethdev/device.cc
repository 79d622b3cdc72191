#include "drivers/ethdev/device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <regex>

#include "base/file_descriptor.h"
#include "drivers/xdp/attachment.h"

namespace baleen::drivers {
namespace {

constexpr uint64_t af_packet_queues_max = 16;  // RTE_PMD_AF_PACKET_MAX_RINGS

std::vector<std::string> interface_names() {
    std::vector<std::string> names;
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> list(
        ::if_nameindex(), ::if_freenameindex);
    for (const auto* entry = list.get(); entry != nullptr && entry->if_index != 0; entry++)
        names.emplace_back(entry->if_name);
    return names;
}

// An address that is not link-local means that this host talks over the interface.
bool carries_host_traffic(const std::string& interface) {
    ifaddrs* addresses = nullptr;
    if (::getifaddrs(&addresses) != 0) return true;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(addresses, ::freeifaddrs);
    for (const ifaddrs* entry = addresses; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || interface != entry->ifa_name) continue;
        if (entry->ifa_addr->sa_family == AF_INET) return true;
        if (entry->ifa_addr->sa_family != AF_INET6) continue;
        const auto* address =
            reinterpret_cast<const uint8_t*>(entry->ifa_addr) + 8;  // sockaddr_in6::sin6_addr
        const bool link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
        if (!link_local) return true;
    }
    return false;
}

// Receive queues that the kernel driver has in use; AF_XDP sees only those it is bound to.
uint32_t queue_count(const std::string& interface) {
    const base::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (!socket || ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return 1;
    return std::max(1u, channels.combined_count + channels.rx_count);
}

bool is_up(const std::string& interface) {
    const base::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    return socket && ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0 &&
           (request.ifr_flags & IFF_UP) != 0;
}

// A port that could not be started leaves its DPDK device behind: the next choice has another
// number.
constexpr size_t device_numbers = 1000;

// AF_XDP with the program at `xdp_program`, then without one of ours.
void add_af_xdp(Device& device, size_t index, const std::string& arguments,
                const std::string& xdp_program) {
    if (!xdp_program.empty())
        device.choices.push_back(
            {"AF_XDP", fmt::format("net_af_xdp{},{},xdp_prog={}", index, arguments, xdp_program)});
    device.choices.push_back(
        {"AF_XDP", fmt::format("net_af_xdp{},{}", index + device_numbers, arguments)});
}

// What the AF_XDP driver does not notice: its socket would stay without packets.
std::string foreign_program(const std::string& interface) {
    const XdpAttachment attachment = find_xdp(interface);
    if (attachment.program_id == 0) return {};
    return fmt::format(
        "{0} has an XDP program already (number {1}); to take it off: ip link set "
        "{0} xdp off",
        interface, attachment.program_id);
}

// Sockets of an AF_PACKET port: ethdev.queues, or one per worker.
uint64_t socket_count(const config::Settings& settings) {
    const uint64_t queues = settings.ethdev.queues;
    if (queues != 0) return queues;
    if (settings.ethdev.rss == "off" || settings.worker.count > af_packet_queues_max) return 1;
    return settings.worker.count;
}

base::Result<Device> resolve_interface(const std::string& name, size_t index,
                                       const config::Settings& settings,
                                       const std::string& xdp_program) {
    if (::if_nametoindex(name.c_str()) == 0)
        return base::Error{fmt::format(
            "there is no interface '{}' (there are: {}), and it is neither a PCI address nor a "
            "DPDK device string like net_af_packet0,iface=eth0",
            name, fmt::join(interface_names(), ", "))};
    if (!is_up(name))
        return base::Error{fmt::format("interface '{0}' is down; run: ip link set {0} up", name)};
    Device device{name, name, {}, {}};
    // 4096 x 2 KiB: 8 MiB of slack for a capture thread that the kernel has put aside for a moment.
    const Candidate af_packet{
        "AF_PACKET",
        fmt::format("net_af_packet{},iface={},qpairs={},blocksz=65536,framesz=2048,framecnt=4096",
                    index, name, socket_count(settings))};
    if (name == "lo") {
        device.reason = "the loopback interface belongs to this host";
    } else if (const auto problem = foreign_program(name); !problem.empty()) {
        device.reason = problem;
    } else if (carries_host_traffic(name)) {
        device.reason = fmt::format(
            "{0} has an address, and AF_XDP would take this host's own packets away from it; to "
            "do so anyway: -i net_af_xdp0,iface={0}",
            name);
    } else {
        add_af_xdp(device, index,
                   fmt::format("iface={},start_queue=0,queue_count={}", name, queue_count(name)),
                   xdp_program);
    }
    device.choices.push_back(af_packet);
    return device;
}

}  // namespace

base::Result<Device> resolve_device(const std::string& name, size_t index,
                                    const config::Settings& settings,
                                    const std::string& xdp_program) {
    static const std::regex pci("^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7](,.*)?$");
    static const std::regex vdev("^net_[a-z_]+[0-9]*(,.*)?$");
    if (std::regex_match(name, pci)) return Device{name, "", {{"PCI", name}}, ""};
    if (std::regex_match(name, vdev)) {
        static const std::regex iface("[,]iface=([^,]+)");
        std::smatch match;
        const std::string interface = std::regex_search(name, match, iface) ? match[1].str() : "";
        Device device{name, interface, {}, ""};
        const bool takes_program = name.starts_with("net_af_xdp") && !interface.empty() &&
                                   name.find(",xdp_prog=") == std::string::npos;
        if (takes_program)
            if (auto problem = foreign_program(interface); !problem.empty())
                return base::Error{std::move(problem)};
        if (takes_program) add_af_xdp(device, index, name.substr(name.find(',') + 1), xdp_program);
        else device.choices.push_back({"vdev", name});
        return device;
    }
    return resolve_interface(name, index, settings, xdp_program);
}

uint32_t expected_queues(const Candidate& choice, const config::Settings& settings) {
    // The names that AF_PACKET, AF_XDP and vhost have for the number.
    static const std::regex count("[,](qpairs|queue_count|queues)=([0-9]{1,4})(,|$)");
    std::smatch match;
    if (std::regex_search(choice.device_string, match, count))
        return static_cast<uint32_t>(std::stoul(match[2].str()));
    return static_cast<uint32_t>(settings.ethdev.queues != 0 ? settings.ethdev.queues
                                                             : settings.worker.count);
}

}  // namespace baleen::drivers
