// JA3, JA3S (of Salesforce) and JA4 (of FoxIO, BSD licence) of a packed hello (baleen/tls_hello.h).
//
// JA4's siblings for servers, HTTP and so on are under another licence and not made here.
// Must hold: any bytes will do; what is no packed hello has no fingerprint, an empty text.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace baleen::record {

std::string make_ja3(std::span<const uint8_t> client_hello);
std::string make_ja3s(std::span<const uint8_t> server_hello);
std::string make_ja4(std::span<const uint8_t> client_hello);

}  // namespace baleen::record
