// Names of DNS parameters, as IANA has them and EVE shows them.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace baleen::protocol {

namespace dns_type {
inline constexpr uint16_t a = 1, ns = 2, cname = 5, soa = 6, null = 10, ptr = 12, mx = 15, txt = 16;
inline constexpr uint16_t aaaa = 28, nimloc = 32, srv = 33, dname = 39, opt = 41, sshfp = 44;
inline constexpr uint16_t svcb = 64, https = 65, spf = 99;
}  // namespace dns_type

// A name, or a number in its place.
class ParameterName {
public:
    explicit ParameterName(std::string_view name) : name_(name) {}
    ParameterName(std::string_view prefix, uint32_t number) : size_(prefix.size()) {
        prefix.copy(text_.data(), prefix.size());
        const auto end = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
        size_ = static_cast<size_t>(end.ptr - text_.data());
    }
    std::string_view view() const {
        return name_.empty() ? std::string_view{text_.data(), size_} : name_;
    }

private:
    std::string_view name_;
    std::array<char, 16> text_{};
    size_t size_ = 0;
};

// "A"; "TYPE65280" for what nobody has named (RFC 3597 section 5).
ParameterName dns_type_name(uint16_t type);
bool is_dns_type_known(uint16_t type);
// "NXDOMAIN"; the number for what nobody has named.
ParameterName dns_rcode_name(uint32_t rcode);

}  // namespace baleen::protocol
