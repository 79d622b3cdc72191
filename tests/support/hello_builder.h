// Packed hellos (baleen/tls_hello.h) put together by hand.
#pragma once

#include <cstdint>
#include <vector>

namespace baleen::test {

using Bytes = std::vector<uint8_t>;
using Words = std::vector<uint16_t>;

struct PackedClientHello {
    char transport = 't';
    uint16_t legacy_version = 0x0303;
    Words ciphers, extensions, groups;
    Bytes point_formats;
    Words signature_algorithms;
    Bytes alpn;  // first and last byte
    uint16_t version = 0x0303;
};

inline void append(Bytes& out, uint16_t word) {
    out.push_back(static_cast<uint8_t>(word >> 8));
    out.push_back(static_cast<uint8_t>(word));
}

inline void append(Bytes& out, const Words& list) {
    out.push_back(static_cast<uint8_t>(list.size()));
    for (const uint16_t word : list) append(out, word);
}

inline void append(Bytes& out, const Bytes& list) {
    out.push_back(static_cast<uint8_t>(list.size()));
    out.insert(out.end(), list.begin(), list.end());
}

inline Bytes pack(const PackedClientHello& hello) {
    Bytes out{static_cast<uint8_t>(hello.transport)};
    append(out, hello.legacy_version);
    for (const Words* list : {&hello.ciphers, &hello.extensions, &hello.groups}) append(out, *list);
    append(out, hello.point_formats);
    append(out, hello.signature_algorithms);
    append(out, hello.alpn);
    append(out, hello.version);
    return out;
}

inline Bytes pack_server_hello(uint16_t version, uint16_t cipher, const Words& extensions) {
    Bytes out{'t'};
    append(out, version);
    append(out, cipher);
    append(out, extensions);
    return out;
}

}  // namespace baleen::test
