// Bytes that begin at a multiple of 64, as ruleset::Image wants them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace baleen::rules::compile {

class ImageBytes {
public:
    static constexpr std::align_val_t align{64};

    ImageBytes() = default;
    // All zero.
    explicit ImageBytes(size_t size)
        : bytes_(static_cast<uint8_t*>(::operator new(size, align))), size_(size) {
        std::memset(bytes_.get(), 0, size);
    }

    std::span<uint8_t> span() { return {bytes_.get(), size_}; }
    std::span<const uint8_t> span() const { return {bytes_.get(), size_}; }

private:
    struct Free {
        void operator()(uint8_t* bytes) const { ::operator delete(bytes, align); }
    };
    std::unique_ptr<uint8_t, Free> bytes_;
    size_t size_ = 0;
};

}  // namespace baleen::rules::compile
