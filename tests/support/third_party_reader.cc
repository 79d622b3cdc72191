// A program as somebody else would write it against the installed headers and the ring library
// alone: no DPDK, no other part of Baleen. Attaches to a data plane and prints what it counted.
#include <baleen/record.h>
#include <baleen/ring_reader.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>

int main(int argc, char** argv) {
    std::string problem;
    auto readers = baleen::ring::attach(argc > 1 ? argv[1] : "", problem);
    if (readers.empty()) {
        std::fprintf(stderr, "%s\n", problem.c_str());
        return 1;
    }
    uint64_t records = 0, packets = 0;
    for (size_t ended = 0; ended < readers.size();) {
        ended = 0;
        for (auto& reader : readers) {
            uint64_t taken = 0;
            for (baleen::ring::Frame frame; reader.next(frame); taken++) {
                if (frame.header.type != static_cast<uint16_t>(baleen::ring::FrameType::flow))
                    continue;
                baleen::record::FlowRecord record;
                if (!baleen::record::unpack(frame.payload, frame.header.payload_bytes, record))
                    continue;
                records++;
                packets += record.initiator.packets + record.responder.packets;
            }
            reader.release(taken);
            ended += reader.at_end() || !reader.problem().empty() ? 1 : 0;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::printf("%llu records, %llu packets\n", static_cast<unsigned long long>(records),
                static_cast<unsigned long long>(packets));
    return 0;
}
