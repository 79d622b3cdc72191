// SHA-256 (FIPS 180-4) over things that come one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

struct evp_md_ctx_st;

namespace baleen::rules::compile {

class Sha256 {
public:
    using Digest = std::array<uint8_t, 32>;

    Sha256();
    void add(std::span<const uint8_t> bytes);
    void add(std::string_view text);  // with its length before it
    void add(uint64_t value);
    template <class T>
    void add_all(const T& elements) {
        add(uint64_t{elements.size()});
        add({reinterpret_cast<const uint8_t*>(elements.data()),
             elements.size() * sizeof(elements[0])});
    }
    Digest finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace baleen::rules::compile
