// Opens Initial packets: their keys come from the version and from a connection id, which anybody
// on the path may read (RFC 9001 section 5.2).
//
// Owns: OpenSSL's contexts, made once for a worker and given new keys for each packet.
// Must hold: nothing allocates after create(). OpenSSL's KDF, HMAC and EVP's digests would, so HKDF
// is made of SHA-256 alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/quic_version.h"

struct evp_cipher_ctx_st;

namespace baleen::protocol::quic {

enum class Side : uint8_t { client, server };

struct InitialKeys {
    std::array<uint8_t, 16> key;
    std::array<uint8_t, 12> iv;
    std::array<uint8_t, 16> header_key;
};

// What `side` protects its Initial packets with. `connection_id`: where the client's first one was
// sent to, or what the server has asked for by a Retry.
InitialKeys derive_keys(const KeySchedule& schedule, Bytes connection_id, Side side);

// Of a larger one nothing is read; a jumbo frame holds as much.
inline constexpr size_t initial_bytes_max = 9216;

class InitialOpener {
public:
    static base::Result<InitialOpener> create();

    // The frames of a packet (RFC 9001 sections 5.3 and 5.4), valid until the next call; empty:
    // these are not its keys, or it was damaged. `packet`: from its first byte to its last.
    Bytes open(const InitialKeys& keys, Bytes packet, size_t packet_number_at);

private:
    struct FreeContext {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    InitialOpener() = default;
    bool mask_of(const InitialKeys& keys, Bytes sample, std::array<uint8_t, 16>& mask);

    std::unique_ptr<evp_cipher_ctx_st, FreeContext> aes_ecb_;
    std::unique_ptr<evp_cipher_ctx_st, FreeContext> aes_gcm_;
    std::array<uint8_t, initial_bytes_max> plain_;
};

}  // namespace baleen::protocol::quic
