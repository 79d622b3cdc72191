// The long tail: what nDPI calls a flow whose opening none of our parsers knows. A build without
// nDPI (the Meson option `ndpi`) has none: create() says so, and long_tail_off.cc is all there is.
//
// Owns: one worker's detection module of nDPI, one flow of it, and the memory that nDPI may take
// while it looks. It is asked once about a flow, with the opening that was kept, and forgets it:
// no flow costs memory here. Payload and ports are the flow's own, addresses are not: nDPI knows
// networks by lists that age with its release, and an address is no content.
// Must hold: the answer depends on the opening alone; no allocation but out of that memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

class LongTail {
public:
    static base::Result<std::unique_ptr<LongTail>> create();
    LongTail(const LongTail&) = delete;
    ~LongTail();

    // A flow: begin(), each of its first payloads in turn, and what it is called. Empty: nDPI does
    // not know it either. The name is valid until the next begin().
    void begin();
    void look_at(const Turn& turn, Bytes payload);
    std::string_view name();

    uint32_t blocks_in_use() const;  // 0 between flows
    uint64_t refused() const;        // allocations, for want of memory

private:
    struct Module;
    explicit LongTail(std::unique_ptr<Module> module);
    std::unique_ptr<Module> module_;
};

}  // namespace baleen::protocol
