// Sends a capture into a DPDK device (memif, virtio-user), packets over all its queues in turn:
// port_sender CAPTURE DEVICE QUEUES. Prints how many it sent.
#include <pcap/pcap.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using std::chrono::milliseconds;

constexpr uint16_t port = 0;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "port_sender: %s\n", what);
    std::exit(1);
}

rte_mempool* open_port(uint16_t queues) {
    rte_mempool* pool = rte_pktmbuf_pool_create("sender", 8191, 0, 0, 10240, SOCKET_ID_ANY);
    if (pool == nullptr) fail("no memory");
    const rte_eth_conf configuration{};
    if (rte_eth_dev_configure(port, queues, queues, &configuration) != 0) fail("cannot configure");
    for (uint16_t queue = 0; queue < queues; queue++)
        if (rte_eth_rx_queue_setup(port, queue, 512, SOCKET_ID_ANY, nullptr, pool) != 0 ||
            rte_eth_tx_queue_setup(port, queue, 512, SOCKET_ID_ANY, nullptr) != 0)
            fail("cannot set up queues");
    if (rte_eth_dev_start(port) != 0) fail("cannot start");
    return pool;
}

void wait_for_link() {
    for (int i = 0; i < 300; i++) {
        rte_eth_link link{};
        rte_eth_link_get_nowait(port, &link);
        if (link.link_status == RTE_ETH_LINK_UP) return;
        std::this_thread::sleep_for(milliseconds(50));
    }
    fail("no link");
}

bool send(rte_mbuf* mbuf, uint16_t queue) {
    for (int tries = 0; tries < 20000; tries++) {
        if (rte_eth_tx_burst(port, queue, &mbuf, 1) == 1) return true;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) fail("usage: port_sender CAPTURE DEVICE QUEUES");
    const std::string vdev = std::string("--vdev=") + argv[2];
    const char* arguments[] = {"port_sender", "--no-huge",        "-m",
                               "256",         "--no-telemetry",   "--no-pci",
                               "--no-shconf", "--file-prefix=ps", vdev.c_str()};
    if (rte_eal_init(9, const_cast<char**>(arguments)) < 0) fail("EAL does not start");
    const auto queues = static_cast<uint16_t>(std::atoi(argv[3]));
    rte_mempool* pool = open_port(queues);
    wait_for_link();
    std::this_thread::sleep_for(milliseconds(500));  // the other side sees it a little later

    char error[PCAP_ERRBUF_SIZE];
    pcap_t* capture = pcap_open_offline(argv[1], error);
    if (capture == nullptr) fail(error);
    uint64_t sent = 0;
    pcap_pkthdr* header;
    const u_char* bytes;
    while (pcap_next_ex(capture, &header, &bytes) == 1) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
        if (mbuf == nullptr) fail("no buffer");
        char* room = rte_pktmbuf_append(mbuf, static_cast<uint16_t>(header->caplen));
        if (room == nullptr) fail("a packet is too long");
        rte_memcpy(room, bytes, header->caplen);
        if (!send(mbuf, static_cast<uint16_t>(sent % queues))) fail("nobody takes the packets");
        if (++sent % 256 == 0) std::this_thread::sleep_for(milliseconds(5));
    }
    std::this_thread::sleep_for(milliseconds(1000));
    std::printf("%lu\n", sent);
    pcap_close(capture);
    rte_eth_dev_stop(port);
    rte_eth_dev_close(port);
    return 0;
}
