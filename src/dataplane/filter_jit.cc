#include "dataplane/filter_jit.h"

#include <rte_bpf.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "dataplane/filter_program.h"

namespace baleen::dataplane {
namespace {

// Nothing where rte_bpf does not take the program, or the system no memory that can be executed.
rte_bpf* load(const bpf_program& code) {
    const auto instructions = convert_filter(code);
    if (!instructions) return nullptr;
    rte_bpf_prm parameters{};
    parameters.ins = instructions->data();
    parameters.nb_ins = static_cast<uint32_t>(instructions->size());
    parameters.prog_arg.type = RTE_BPF_ARG_PTR_MBUF;
    parameters.prog_arg.size = sizeof(rte_mbuf);
    return rte_bpf_load(&parameters);
}

uint64_t (*machine_code(rte_bpf* program))(void*) {
    rte_bpf_jit jit{};
    if (program == nullptr || rte_bpf_get_jit(program, &jit) != 0) return nullptr;
    return jit.func;
}

}  // namespace

void FilterJit::Destroy::operator()(rte_bpf* program) const { rte_bpf_destroy(program); }

FilterJit::FilterJit(packet::CaptureFilter filter, std::string& notice)
    : filter_(std::move(filter)) {
    notice.clear();
    if (!filter_.is_active()) return;
    // What rte_bpf refuses is said below, and its own lines would name registers.
    rte_log_set_level_pattern("lib.bpf", RTE_LOG_EMERG);
    for (const packet::CaptureFilter::Program& program : filter_.programs()) {
        std::unique_ptr<rte_bpf, Destroy> loaded(load(program.code));
        const auto run = machine_code(loaded.get());
        if (run != nullptr) compiled_.push_back({program.link, std::move(loaded), run});
    }
    const bool is_whole = compiled_.size() == filter_.programs().size();
    notice = is_whole ? "the capture filter is compiled to machine code"
                      : "the capture filter runs in libpcap's interpreter, which takes up to twice "
                        "as long, because DPDK's compiler does not take it";
    // Half and half would be no worse, but no sentence could say what runs where.
    if (!is_whole) compiled_.clear();
}

bool FilterJit::accepts(const packet::Packet& packet) const {
    if (!filter_.is_active()) return true;
    for (const Compiled& compiled : compiled_) {
        if (compiled.link != packet.link) continue;
        if (packet.captured_length > jit_packet_bytes_max) break;
        // The program reads these fields alone, and the interpreter none: filter_program.h. What it
        // may read is one segment, whatever the source's own buffers look like.
        rte_mbuf mbuf;
        mbuf.buf_addr = const_cast<uint8_t*>(packet.data);
        mbuf.data_off = 0;
        mbuf.data_len = static_cast<uint16_t>(packet.captured_length);
        mbuf.pkt_len = packet.captured_length;
        mbuf.hash.rss = packet.wire_length;
        mbuf.next = nullptr;
        return compiled.run(&mbuf) != 0;
    }
    return filter_.accepts(packet);
}

void FilterJit::apply_batch(packet::Batch& batch) const {
    if (!filter_.is_active()) return;
    for (uint32_t lane = 0; lane < batch.count; lane++)
        if (!accepts(batch.packets[lane]))
            batch.verdicts[lane] = packet::Verdict::filtered_capture_filter;
}

}  // namespace baleen::dataplane
