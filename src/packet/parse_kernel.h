// The builds of the parser, and the choice of one.
//
// Must hold: every kernel equals the scalar reference bit for bit, on any bytes. The choice is made
// once, by main(), and handed down.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "packet/parser.h"

namespace baleen::packet {

using ParseBatch = void (*)(Batch& batch, const ParseOptions& options, Notes& notes);

struct ParseKernel {
    std::string_view name;
    ParseBatch parse_batch;
    bool runs_here;  // this CPU has what it takes
};

// All that were built for this architecture, the widest last.
std::span<const ParseKernel> parse_kernels();

// "auto" takes the widest that runs here. The environment variable BALEEN_KERNEL, where it is set,
// goes before `name`, to compare kernels without another configuration. Error: which names there
// are, or what the CPU lacks.
base::Result<ParseKernel> choose_parse_kernel(std::string_view name);

// A file each, with compiler flags of its own.
void parse_batch_avx2(Batch& batch, const ParseOptions& options, Notes& notes);
void parse_batch_avx512(Batch& batch, const ParseOptions& options, Notes& notes);

}  // namespace baleen::packet
