// The maps of the XDP program on one interface: what is shunted, whether the program runs, and what
// it has counted.
//
// Owns: descriptors of the maps of steer.bpf.c, found through the program that the driver attached.
// Must hold: start() after everything is set, stop() before the last packets are taken, so that
// each packet that the program has counted can still be received.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "baleen/stats.h"
#include "base/file_descriptor.h"
#include "base/result.h"
#include "config/shunt.h"
#include "drivers/xdp/attachment.h"
#include "drivers/xdp/steer_maps.h"

namespace baleen::drivers {

// How many of the packets seen were missed, from what is known of the others.
struct Missed {
    uint64_t seen, shunted, passed, received, dropped_by_sockets;

    // Some are on their way through a socket, and not lost.
    uint64_t so_far() const { return dropped_by_sockets + passed; }
    // Whatever else became of it, a packet that was neither shunted nor received was missed.
    uint64_t at_the_end() const {
        const uint64_t accounted = shunted + received;
        return seen > accounted ? seen - accounted : 0;
    }
};

class Steering {
public:
    // Whether the program on an interface is one with these maps, and not the driver's own.
    static bool is_steered(const XdpAttachment& attachment);

    // Fills the maps with `shunts`; the program still passes everything on.
    static base::Result<Steering> open(const XdpAttachment& attachment,
                                       const std::vector<config::Shunt>& shunts,
                                       uint64_t flows_max);

    void start();
    void stop();

    // The port's ledger from the wire on, in place of what the port itself has published.
    // `is_final`: every packet has been received, so that those which were counted here and not
    // received are known to be lost. Before, they may be on their way.
    void publish(stats::PortStats& stats, bool is_final) const;

    // Adds to what each entry has shunted, in the order of the configuration.
    void add_shunted(std::span<steer_count> entries) const;

private:
    Steering() = default;
    base::Status insert(const config::Shunt& shunt);
    bool set_running(bool running);
    steer_count count_of(steer_fate fate) const;

    base::FileDescriptor settings_;
    base::FileDescriptor counts_;
    base::FileDescriptor flow_slot_;  // the map that holds flows_
    base::FileDescriptor flows_;
    base::FileDescriptor prefixes_;
    std::vector<config::Shunt> shunts_;
    steer_settings current_{};
};

// Keys of an entry; the program makes the same ones of packets.
steer_flow flow_key(const config::Shunt& shunt);
steer_prefix prefix_key(const config::Shunt& shunt);

}  // namespace baleen::drivers
