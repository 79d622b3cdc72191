#include "dataplane/filter_program.h"

#include <bpf_def.h>
#include <rte_bpf.h>
#include <rte_mbuf.h>

#include <cstddef>
#include <span>

namespace baleen::dataplane {
namespace {

// Registers: A is where a program returns its value, and R6 where the packet loads of eBPF expect
// the mbuf; both X and T survive those loads (bpf_def.h: R6 to R9 are callee saved).
// NOLINTBEGIN(readability-identifier-naming): as BPF's own texts name them.
constexpr uint8_t A = EBPF_REG_0, ARGUMENT = EBPF_REG_1, MBUF = EBPF_REG_6, X = EBPF_REG_7,
                  T = EBPF_REG_8, STACK = EBPF_REG_10;
// NOLINTEND(readability-identifier-naming)

// As the kernel's BPF_MAXINSNS. rte_bpf's check of a program takes 30 ms for 2700 instructions, and
// more than in proportion for more; offsets of jumps have 16 bits.
constexpr size_t instructions_max = 4096;

class Converter {
public:
    explicit Converter(const bpf_program& program) : in_(program.bf_insns, program.bf_len) {}

    std::optional<std::vector<ebpf_insn>> run() {
        // Twice: jumps go forward, to places that only the first pass knows.
        for (int pass = 0; pass < 2; pass++) {
            out_.clear();
            emit(EBPF_ALU64 | BPF_XOR | BPF_X, A, A);
            emit(EBPF_ALU64 | BPF_XOR | BPF_X, X, X);
            emit(EBPF_ALU64 | EBPF_MOV | BPF_X, MBUF, ARGUMENT);
            places_.resize(in_.size());
            for (at_ = 0; at_ < in_.size(); at_++) {
                places_[at_] = out_.size();
                if (!convert(in_[at_])) return {};
            }
            end_ = out_.size();
            emit(BPF_JMP | EBPF_EXIT, 0, 0);
        }
        return out_.size() <= instructions_max ? std::optional(out_) : std::nullopt;
    }

private:
    void emit(int code, uint8_t dst, uint8_t src, size_t offset = 0, uint32_t immediate = 0) {
        ebpf_insn instruction{};
        instruction.code = static_cast<uint8_t>(code);
        instruction.dst_reg = dst & 0xf;
        instruction.src_reg = src & 0xf;
        instruction.off = static_cast<int16_t>(offset);
        instruction.imm = static_cast<int32_t>(immediate);
        out_.push_back(instruction);
    }

    void set(uint8_t to, uint32_t value) { emit(BPF_ALU | EBPF_MOV | BPF_K, to, 0, 0, value); }
    void copy(uint8_t to, uint8_t from) { emit(EBPF_ALU64 | EBPF_MOV | BPF_X, to, from); }
    void go_to(size_t place) { emit(BPF_JMP | BPF_JA, 0, 0, place - out_.size() - 1); }
    // To the one exit at the end. With several, rte_bpf jumps back to the first of them, and in
    // DPDK 22.11 a jump over 127 or 128 bytes back goes forward.
    void exit() { go_to(end_); }
    void refuse() {
        set(A, 0);
        exit();
    }
    // Skips the next `count` instructions if the register compares so with the value.
    void skip_if(int comparison, uint8_t reg, uint32_t value, size_t count) {
        emit(BPF_JMP | comparison | BPF_K, reg, 0, count, value);
    }

    bool convert(const bpf_insn& in) {
        switch (BPF_CLASS(in.code)) {
            case BPF_LD: return load(in, A);
            case BPF_LDX: return load(in, X);
            case BPF_ST: emit(BPF_STX | BPF_MEM | BPF_W, STACK, A, scratch(in.k)); return true;
            case BPF_STX: emit(BPF_STX | BPF_MEM | BPF_W, STACK, X, scratch(in.k)); return true;
            case BPF_ALU: return compute(in);
            case BPF_JMP: return jump(in);
            case BPF_RET:
                if (BPF_RVAL(in.code) == BPF_K) set(A, in.k);
                exit();
                return true;
            case BPF_MISC:
                if (BPF_MISCOP(in.code) == BPF_TAX) copy(X, A);
                else copy(A, X);
                return true;
        }
        return false;
    }

    static size_t scratch(uint32_t word) {
        return static_cast<size_t>(-4 * static_cast<int64_t>(BPF_MEMWORDS - word));
    }

    bool load(const bpf_insn& in, uint8_t to) {
        switch (BPF_MODE(in.code)) {
            case BPF_IMM: set(to, in.k); return true;
            case BPF_MEM: emit(BPF_LDX | BPF_MEM | BPF_W, to, STACK, scratch(in.k)); return true;
            case BPF_LEN:
                emit(BPF_LDX | BPF_MEM | BPF_W, to, MBUF, offsetof(rte_mbuf, hash));
                return true;
            case BPF_ABS: load_packet(BPF_SIZE(in.code) | BPF_ABS, in.k); return to == A;
            case BPF_IND: load_packet(BPF_SIZE(in.code) | BPF_IND, in.k); return to == A;
            case BPF_MSH: load_header_length(in.k); return to == X;
        }
        return false;
    }

    // A = packet[k] or packet[X + k]; a load that ends beyond the packet refuses it, as in libpcap.
    // SAFETY: the sum that rte_bpf checks against the packet's length is at most 2 x 65535 + 4.
    void load_packet(int size_and_mode, uint32_t k) {
        if (k > jit_packet_bytes_max) return refuse();
        const bool is_indirect = BPF_MODE(size_and_mode) == BPF_IND;
        if (is_indirect) {
            skip_if(EBPF_JLE, X, jit_packet_bytes_max, 2);
            refuse();
        }
        emit(BPF_LD | size_and_mode, 0, is_indirect ? X : 0, 0, k);
    }

    // X = 4 * (packet[k] & 0xf), the length of an IPv4 header.
    void load_header_length(uint32_t k) {
        copy(T, A);
        load_packet(BPF_B | BPF_ABS, k);
        emit(BPF_ALU | BPF_AND | BPF_K, A, 0, 0, 0xf);
        emit(BPF_ALU | BPF_LSH | BPF_K, A, 0, 0, 2);
        copy(X, A);
        copy(A, T);
    }

    // Division by 0 refuses the packet, shifting by more than the word leaves 0: bpf_filter() of
    // libpcap.
    bool compute(const bpf_insn& in) {
        const int operation = BPF_OP(in.code);
        if (operation == BPF_NEG) {
            emit(BPF_ALU | BPF_NEG, A, 0);
            return true;
        }
        if (BPF_SRC(in.code) == BPF_K) set(T, in.k);
        const uint8_t operand = BPF_SRC(in.code) == BPF_K ? T : X;
        if (operation == BPF_DIV || operation == BPF_MOD) {
            skip_if(EBPF_JNE, operand, 0, 2);
            refuse();
        }
        if (operation == BPF_LSH || operation == BPF_RSH) {
            skip_if(EBPF_JLE, operand, 31, 2);
            set(A, 0);
            emit(BPF_JMP | BPF_JA, 0, 0, 1);
        }
        emit(BPF_ALU | operation | BPF_X, A, operand);
        return true;
    }

    bool jump(const bpf_insn& in) {
        if (BPF_OP(in.code) == BPF_JA) return jump_to(BPF_JMP | BPF_JA, 0, 0, in.k);
        if (BPF_SRC(in.code) == BPF_K) set(T, in.k);
        const uint8_t operand = BPF_SRC(in.code) == BPF_K ? T : X;
        return jump_to(BPF_JMP | BPF_OP(in.code) | BPF_X, A, operand, in.jt) &&
               (in.jf == 0 || jump_to(BPF_JMP | BPF_JA, 0, 0, in.jf));
    }

    // Forward over `count` instructions of the filter.
    bool jump_to(int code, uint8_t dst, uint8_t src, uint32_t count) {
        const size_t target = at_ + 1 + size_t{count};
        if (target >= in_.size()) return false;
        emit(code, dst, src, places_[target] - out_.size() - 1);
        return true;
    }

    std::span<const bpf_insn> in_;
    std::vector<ebpf_insn> out_;
    std::vector<size_t> places_;  // of each instruction of the filter in out_
    size_t at_ = 0;
    size_t end_ = 0;  // place of the exit
};

}  // namespace

std::optional<std::vector<ebpf_insn>> convert_filter(const bpf_program& program) {
    return Converter(program).run();
}

}  // namespace baleen::dataplane
