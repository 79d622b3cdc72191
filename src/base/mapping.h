// Owns one mapping of address space and gives it back at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace baleen::base {

class Mapping {
public:
    Mapping() = default;
    Mapping(void* data, size_t bytes) : data_(data), bytes_(bytes) {}
    Mapping(Mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Mapping();

    // nullptr: maps nothing.
    uint8_t* data() const { return static_cast<uint8_t*>(data_); }
    size_t bytes() const { return bytes_; }

private:
    void* data_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace baleen::base
