#include "tests/support/kernel_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/ledger.h"

namespace baleen::test {
namespace {

using packet::Batch;
using packet::FragmentKind;
using packet::Notes;
using packet::Packet;

template <class T>
bool same_bytes(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}

template <class T>
void fill_with_rubbish(T& what) {
    std::memset(static_cast<void*>(&what), 0xa5, sizeof(T));
}

std::string name_of(packet::Verdict verdict) {
    const auto which = static_cast<uint32_t>(verdict);
    if (which >= base::counter_infos.size()) return fmt::format("verdict {}", which);
    return fmt::format("{}.{}", base::counter_infos[which].term, base::counter_infos[which].cause);
}

std::string hex(std::span<const uint8_t> bytes) {
    std::string out;
    for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
    return out;
}

template <class T>
std::string both(const char* what, const T& expected, const T& actual) {
    const auto text = [](const T& value) {
        return hex({reinterpret_cast<const uint8_t*>(&value), sizeof(T)});
    };
    return fmt::format("{}:\n  expected {}\n  but      {}", what, text(expected), text(actual));
}

// Of Outer only what Layers calls valid.
std::string lane_difference(const Batch& expected, const Batch& actual, uint32_t lane) {
    if (expected.verdicts[lane] != actual.verdicts[lane])
        return fmt::format("{} instead of {}", name_of(actual.verdicts[lane]),
                           name_of(expected.verdicts[lane]));
    if (!same_bytes(expected.keys[lane], actual.keys[lane]))
        return both("key", expected.keys[lane], actual.keys[lane]);
    const packet::Layers& layers = expected.layers[lane];
    if (!same_bytes(layers, actual.layers[lane]))
        return both("layers", layers, actual.layers[lane]);
    const packet::Outer& e = expected.outer[lane];
    const packet::Outer& a = actual.outer[lane];
    if (layers.tunnel != record::TunnelType::none && !same_bytes(e.tunnel, a.tunnel))
        return both("tunnel", e.tunnel, a.tunnel);
    if (layers.fragment != FragmentKind::none && !same_bytes(e.fragment, a.fragment))
        return both("fragment", e.fragment, a.fragment);
    if (layers.quotes_flow != 0 && !same_bytes(e.quote, a.quote))
        return both("quote", e.quote, a.quote);
    return {};
}

std::string notes_difference(const Notes& expected, const Notes& actual) {
    for (uint32_t i = 0; i < expected.size(); i++) {
        if (expected[i] != actual[i])
            return fmt::format("{} of {} instead of {}", actual[i],
                               name_of(static_cast<packet::Verdict>(i)), expected[i]);
    }
    return {};
}

}  // namespace

KernelComparison::KernelComparison()
    : expected_(std::make_unique<Batch>()), actual_(std::make_unique<Batch>()) {
    for (auto& slot : slots_) slot = std::make_unique<GuardedBytes>(packet_bytes_max);
    expected_->count = 0;
}

void KernelComparison::add(std::span<const uint8_t> bytes, uint32_t wire_length,
                           packet::LinkType link) {
    if (begins_) expected_->count = 0;
    begins_ = false;
    BALEEN_ASSERT(!is_full());
    const auto kept = bytes.first(std::min(bytes.size(), packet_bytes_max));
    const auto captured = static_cast<uint32_t>(kept.size());
    const uint32_t lane = expected_->count++;
    Packet& packet = expected_->packets[lane];
    packet = {};
    packet.data = slots_[lane]->put(kept);
    packet.captured_length = captured;
    packet.wire_length = std::max({captured, static_cast<uint32_t>(bytes.size()), wire_length});
    packet.link = link;
}

std::string KernelComparison::run(const packet::ParseOptions& options) {
    begins_ = true;
    expected_notes_ = {};
    packet::parse_batch(*expected_, options, expected_notes_);
    for (const packet::ParseKernel& kernel : packet::parse_kernels()) {
        if (!kernel.runs_here) continue;
        if (std::string difference = run_kernel(kernel, options); !difference.empty())
            return fmt::format("kernel {}, {}", kernel.name, difference);
    }
    return {};
}

std::string KernelComparison::run_kernel(const packet::ParseKernel& kernel,
                                         const packet::ParseOptions& options) {
    Batch& actual = *actual_;
    actual.count = expected_->count;
    actual.fragment_lanes = ~uint64_t{0};
    actual.vector_batches_skipped = 0;  // or the vector code would rest after refused packets
    actual.packets = expected_->packets;
    for (uint32_t lane = expected_->count; lane < packet::lane_count; lane++) {
        actual.packets[lane].data = reinterpret_cast<const uint8_t*>(uintptr_t{16});
        actual.packets[lane].captured_length = actual.packets[lane].wire_length = 1500;
        actual.packets[lane].link = packet::LinkType::ethernet;
    }
    fill_with_rubbish(actual.verdicts);
    fill_with_rubbish(actual.keys);
    fill_with_rubbish(actual.layers);
    fill_with_rubbish(actual.outer);
    Notes notes{};
    kernel.parse_batch(actual, options, notes);
    for (uint32_t lane = 0; lane < expected_->count; lane++) {
        std::string difference = lane_difference(*expected_, actual, lane);
        if (difference.empty()) continue;
        const Packet& packet = expected_->packets[lane];
        return fmt::format("lane {} of {}, link type {}, {} bytes on the wire, {}\npacket {}", lane,
                           expected_->count, static_cast<uint16_t>(packet.link), packet.wire_length,
                           difference, hex({packet.data, packet.captured_length}));
    }
    if (actual.fragment_lanes != expected_->fragment_lanes)
        return fmt::format("fragment lanes {:x} instead of {:x}", actual.fragment_lanes,
                           expected_->fragment_lanes);
    return notes_difference(expected_notes_, notes);
}

}  // namespace baleen::test
