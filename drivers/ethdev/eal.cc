#include "drivers/ethdev/eal.h"

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/units.h"
#include "drivers/ethdev/sizes.h"

namespace baleen::drivers {
namespace {

namespace fs = std::filesystem;

// Rings, PMD structures, DPDK's own heap.
constexpr uint64_t eal_slack_bytes = 64u << 20;

uint64_t free_hugepage_bytes() {
    uint64_t bytes = 0;
    std::error_code ignored;
    for (const auto& size : fs::directory_iterator("/sys/kernel/mm/hugepages", ignored)) {
        const std::string name = size.path().filename();  // hugepages-2048kB
        uint64_t pages = 0;
        std::ifstream(size.path() / "free_hugepages") >> pages;
        bytes += pages * std::stoull(name.substr(name.find('-') + 1)) * 1024;
    }
    return bytes;
}

base::Result<uint64_t> bytes_of_pools(const config::Settings& settings,
                                      const std::vector<Device>& devices) {
    uint64_t bytes = 0;
    for (const Device& device : devices) {
        uint32_t mbufs = 0;  // of the hungriest choice
        for (const Candidate& choice : device.choices) {
            const auto sizes =
                pool_sizes(settings, expected_queues(choice, settings),
                           buffers_per_queue(choice.device_string, settings.ethdev.rx_descriptors));
            if (!sizes)
                return base::Error{
                    fmt::format("device '{}': {}", device.name, sizes.error().message)};
            mbufs = std::max(mbufs, sizes->mbufs);
        }
        bytes += pool_bytes(settings, mbufs);
    }
    return bytes;
}

}  // namespace

base::Result<Eal> Eal::start(const config::Settings& settings, const std::vector<Device>& devices,
                             std::string& notice) {
    const auto& ethdev = settings.ethdev;
    const auto pools = bytes_of_pools(settings, devices);
    if (!pools) return pools.error();
    const uint64_t needed = *pools + eal_slack_bytes;
    const uint64_t available = free_hugepage_bytes();
    const bool use_huge =
        ethdev.hugepages == "on" || (ethdev.hugepages == "auto" && available >= needed);
    if (ethdev.hugepages == "on" && available < needed)
        return base::Error{fmt::format(
            "ethdev.hugepages is on, but {} are free and {} are needed; reserve them with: "
            "dpdk-hugepages.py -r {}M",
            base::format_bytes(available), base::format_bytes(needed), (needed >> 20) + 1)};

    // Every core stays usable: threads are placed by worker.cores, not by EAL.
    std::vector<std::string> arguments = {
        "baleen-dataplane", "--file-prefix=baleen",      "--no-telemetry",
        "--no-shconf",      "--log-level=lib.eal:error", "--log-level=pmd:error"};
    if (use_huge) {
        arguments.push_back("--in-memory");
    } else {
        // DPDK 22.11 refuses --no-huge together with --in-memory.
        arguments.insert(arguments.end(), {"--no-huge", "-m", std::to_string((needed >> 20) + 1)});
        notice = fmt::format(
            "packet buffers on 4 KiB pages ({} of hugepages free, {} needed): expect TLB misses, "
            "some "
            "10 ns a packet; mend: dpdk-hugepages.py -r {}M",
            base::format_bytes(available), base::format_bytes(needed), (needed >> 20) + 1);
    }
    // EAL opens what it may: only the cards that were named, and not every one bound to vfio.
    bool has_pci = false;
    for (const Device& device : devices)
        for (const Candidate& choice : device.choices)
            if (choice.driver == "PCI") {
                arguments.insert(arguments.end(), {"--allow", choice.device_string});
                has_pci = true;
            }
    if (!has_pci) arguments.push_back("--no-pci");
    arguments.insert(arguments.end(), ethdev.eal_arguments.begin(), ethdev.eal_arguments.end());

    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    // EAL pins the calling thread to one core; ours may run anywhere again afterwards.
    cpu_set_t before;
    ::pthread_getaffinity_np(::pthread_self(), sizeof before, &before);
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0)
        return base::Error{fmt::format("DPDK does not start: {}; its own lines above say more",
                                       rte_strerror(rte_errno))};
    ::pthread_setaffinity_np(::pthread_self(), sizeof before, &before);
    return Eal();
}

Eal::~Eal() {
    if (running_) rte_eal_cleanup();
}

void Eal::register_thread() { rte_thread_register(); }

}  // namespace baleen::drivers
