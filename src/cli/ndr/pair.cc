#include "cli/ndr/pair.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace baleen::cli::ndr {
namespace {

constexpr const char* veth_sender = "baleen-gen";
constexpr const char* veth_receiver = "baleen-cap";

// `ip ARGUMENTS`, which speaks netlink so that this program need not.
base::Status ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    int status = 0;
    if (const int code = ::posix_spawnp(&pid, "ip", nullptr, nullptr, argv.data(), environ);
        code != 0)
        return base::Error{
            fmt::format("cannot start ip: {}; install iproute2", std::strerror(code))};
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (status != 0) return base::Error{"ip cannot make a veth pair; its own line above says why"};
    return base::Ok{};
}

base::Status make_veth() {
    // The kernel's own packets (neighbour and router discovery) would be captured as well.
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
    if (auto made = ip({"link", "add", veth_sender, "type", "veth", "peer", "name", veth_receiver});
        !made)
        return made;
    for (const char* name : {veth_sender, veth_receiver})
        if (auto up = ip({"link", "set", name, "up"}); !up) return up;
    return base::Ok{};
}

base::Result<Pair> veth() {
    auto network = OwnNetwork::enter();
    if (!network) return network.error();
    if (auto made = make_veth(); !made) return made.error();
    return Pair{"veth", veth_sender, veth_receiver, std::move(*network)};
}

}  // namespace

base::Result<std::unique_ptr<OwnNetwork>> OwnNetwork::enter() {
    base::FileDescriptor before(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!before || ::unshare(CLONE_NEWNET) != 0)
        return base::Error{fmt::format(
            "no network of its own for the veth pair: {}; run it as root", std::strerror(errno))};
    return std::unique_ptr<OwnNetwork>(new OwnNetwork(std::move(before)));
}

OwnNetwork::~OwnNetwork() {
    // The children are gone; nobody else is in there. Should it fail, the namespace lives until
    // this process ends.
    (void)!::setns(before_.get(), CLONE_NEWNET);
}

// Rings as deep as memif's driver has them, and of 4096 for vhost: at a million packets/s 16 and 4
// ms, which is what a scheduler takes away at a time; a NIC's have up to 4096 or 8192.
base::Result<Pair> make_pair(const std::string& text, const std::string& folder) {
    if (text == "memif")
        return Pair{
            text,
            fmt::format("net_memif0,role=client,socket={}/memif.sock,socket-abstract=no,"
                        "rsize=14",
                        folder),
            fmt::format("net_memif0,role=server,socket={}/memif.sock,socket-abstract=no", folder),
            nullptr};
    if (text == "vhost")
        return Pair{
            text,
            fmt::format("net_virtio_user0,path={}/vhost.sock,queues=1,queue_size=4096", folder),
            fmt::format("net_vhost0,iface={}/vhost.sock,queues=1", folder), nullptr};
    if (text == "veth") return veth();
    size_t middle = text.find(';');
    if (middle == std::string::npos) middle = text.find(',');
    const bool is_clear = middle != std::string::npos && middle > 0 && middle + 1 < text.size() &&
                          (text[middle] == ';' || text.find(',', middle + 1) == std::string::npos);
    if (!is_clear)
        return base::Error{
            fmt::format("'{}' is not a pair; give memif, vhost, veth, or two devices "
                        "as A,B (A;B where their names have commas)",
                        text)};
    return Pair{text, text.substr(0, middle), text.substr(middle + 1), nullptr};
}

}  // namespace baleen::cli::ndr
