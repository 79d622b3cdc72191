// Certificates made for tests, DER in Base64.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace baleen::test {

// C=XX, O=Example, Inc., CN=www.example.org; of 2025 to 2035; the one of tests/protocol/.
inline constexpr std::string_view certificate_of_example =
    "MIIBwzCCAWmgAwIBAgIHAILA/+5e7TAKBggqhkjOPQQDAjA/MQswCQYDVQQGEwJYWDEWMBQGA1UECgwNRXhhbXBs"
    "ZSwgSW5jLjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUub3JnMB4XDTI1MDEwMTAwMDAwMFoXDTM1MDEwMTAwMDAwMFow"
    "PzELMAkGA1UEBhMCWFgxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xGDAWBgNVBAMMD3d3dy5leGFtcGxlLm9yZzBZ"
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABFNPqqvTwgh9AG8ywKzrim058oPjHUpo3RieD5VnN2e6Z+2LxC//Pb2Y"
    "5J3Q2myWyfBAgKUCtEF84aL7kckNN9ajUDBOMC0GA1UdEQQmMCSCD3d3dy5leGFtcGxlLm9yZ4ILZXhhbXBsZS5v"
    "cmeHBMAAAgEwHQYDVR0OBBYEFDS2BNTUxbAlrZzDeHEvAbrP8MW2MAoGCCqGSM49BAMCA0gAMEUCIGOp/uufijTC"
    "qMG38hR+cA6mnjBx/7sb3DQQ+QObAHw9AiEAjVneh9Y+tDvSbtnswqDxwJlboRoLE7YysSuFwLGrD/w=";

// O=Bücher; of 1950 to 1960; alternative names of all kinds.
inline constexpr std::string_view certificate_of_1950 =
    "MIIBvDCCAWKgAwIBAgIBMjAKBggqhkjOPQQDAjAtMQswCQYDVQQGEwJYWDEQMA4GA1UECgwHQsO8Y2hlcjEMMAoG"
    "A1UEAwwDb2xkMB4XDTUwMDEwMTAwMDAwMFoXDTYwMDEwMTAwMDAwMFowLTELMAkGA1UEBhMCWFgxEDAOBgNVBAoM"
    "B0LDvGNoZXIxDDAKBgNVBAMMA29sZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFNPqqvTwgh9AG8ywKzrim05"
    "8oPjHUpo3RieD5VnN2e6Z+2LxC//Pb2Y5J3Q2myWyfBAgKUCtEF84aL7kckNN9ajczBxMFAGA1UdEQRJMEeGFGh0"
    "dHBzOi8vZXhhbXBsZS5vcmcvgQ1hQGV4YW1wbGUub3JnhxAgAQ24AAAAAAAAAAAAAAABpA4wDDEKMAgGA1UEAwwB"
    "eDAdBgNVHQ4EFgQUNLYE1NTFsCWtnMN4cS8Bus/wxbYwCgYIKoZIzj0EAwIDSAAwRQIhAKwbUK7Cbr1wfyuTo+In"
    "q57UiOWM0q+gF8f0Bua2N5MdAiAXGFJvZZVxJ6Z5DFndfS0uCF1ZNUMgrtrnzwVKMiJpZw==";

inline std::vector<uint8_t> der_of(std::string_view base64) {
    std::vector<uint8_t> der(base64.size() / 4 * 3);
    EVP_DecodeBlock(der.data(), reinterpret_cast<const uint8_t*>(base64.data()),
                    static_cast<int>(base64.size()));
    while (base64.ends_with('=')) {
        der.pop_back();
        base64.remove_suffix(1);
    }
    return der;
}

}  // namespace baleen::test
