#include "dataplane/protocol/quic_initial.h"

// What is deprecated is the hash without EVP; EVP allocates each time that one begins.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstring>

#include "base/assert.h"

namespace baleen::protocol::quic {
namespace {

constexpr size_t hash_block_bytes = 64;
constexpr size_t tag_bytes = 16;
constexpr size_t sample_bytes = 16;
constexpr size_t packet_number_bytes_max = 4;

Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

using Secret = std::array<uint8_t, SHA256_DIGEST_LENGTH>;

// HMAC with SHA-256 (RFC 2104) and a key of one block at most, which is hashed once for all
// messages.
class Hmac {
public:
    explicit Hmac(Bytes key) {
        BALEEN_ASSERT(key.size() <= hash_block_bytes);
        begin(inner_, key, 0x36);
        begin(outer_, key, 0x5c);
    }
    Secret of(Bytes message) const {
        Secret hash;
        SHA256_CTX inner = inner_, outer = outer_;
        ::SHA256_Update(&inner, message.data(), message.size());
        ::SHA256_Final(hash.data(), &inner);
        ::SHA256_Update(&outer, hash.data(), hash.size());
        ::SHA256_Final(hash.data(), &outer);
        return hash;
    }

private:
    static void begin(SHA256_CTX& context, Bytes key, uint8_t pad) {
        std::array<uint8_t, hash_block_bytes> block{};
        std::memcpy(block.data(), key.data(), key.size());
        for (uint8_t& byte : block) byte ^= pad;
        ::SHA256_Init(&context);
        ::SHA256_Update(&context, block.data(), block.size());
    }

    SHA256_CTX inner_, outer_;
};

// HKDF-Expand-Label (RFC 8446 section 7.1) without a context, for one block of hash.
void expand(const Hmac& secret, std::string_view label, std::span<uint8_t> out) {
    constexpr std::string_view prefix = "tls13 ";
    std::array<uint8_t, 32> info{};
    BALEEN_ASSERT(out.size() <= sizeof(Secret) && prefix.size() + label.size() + 5 <= info.size());
    info[1] = static_cast<uint8_t>(out.size());
    info[2] = static_cast<uint8_t>(prefix.size() + label.size());
    size_t used = 3;
    for (const Bytes part : {bytes_of(prefix), bytes_of(label)}) {
        std::memcpy(info.data() + used, part.data(), part.size());
        used += part.size();
    }
    info[used + 1] = 1;  // behind an empty context the block's number (RFC 5869 section 2.3)
    const Secret block = secret.of(Bytes(info).first(used + 2));
    std::memcpy(out.data(), block.data(), out.size());
}

}  // namespace

void InitialOpener::FreeContext::operator()(evp_cipher_ctx_st* context) const {
    ::EVP_CIPHER_CTX_free(context);
}

base::Result<InitialOpener> InitialOpener::create() {
    InitialOpener made;
    made.aes_ecb_.reset(::EVP_CIPHER_CTX_new());
    made.aes_gcm_.reset(::EVP_CIPHER_CTX_new());
    // Keys follow with each packet.
    if (::EVP_EncryptInit_ex2(made.aes_ecb_.get(), ::EVP_aes_128_ecb(), nullptr, nullptr,
                              nullptr) != 1 ||
        ::EVP_DecryptInit_ex2(made.aes_gcm_.get(), ::EVP_aes_128_gcm(), nullptr, nullptr,
                              nullptr) != 1)
        return base::Error{
            "OpenSSL has no AES-128-ECB or no AES-128-GCM, which QUIC needs: mend its "
            "configuration"};
    return made;
}

InitialKeys derive_keys(const KeySchedule& schedule, Bytes connection_id, Side side) {
    const Hmac initial(Hmac(schedule.salt).of(connection_id));
    Secret side_secret;
    expand(initial, side == Side::client ? "client in" : "server in", side_secret);
    const Hmac secret(side_secret);
    InitialKeys keys;
    expand(secret, schedule.labels.key, keys.key);
    expand(secret, schedule.labels.iv, keys.iv);
    expand(secret, schedule.labels.header, keys.header_key);
    return keys;
}

bool InitialOpener::mask_of(const InitialKeys& keys, Bytes sample, std::array<uint8_t, 16>& mask) {
    int written = 0;
    return ::EVP_EncryptInit_ex2(aes_ecb_.get(), nullptr, keys.header_key.data(), nullptr,
                                 nullptr) == 1 &&
           ::EVP_EncryptUpdate(aes_ecb_.get(), mask.data(), &written, sample.data(),
                               sample_bytes) == 1;
}

Bytes InitialOpener::open(const InitialKeys& keys, Bytes packet, size_t packet_number_at) {
    const size_t sample_at = packet_number_at + packet_number_bytes_max;
    if (packet.size() < sample_at + sample_bytes || packet.size() > plain_.size()) return {};
    std::array<uint8_t, 16> mask;
    if (!mask_of(keys, packet.subspan(sample_at, sample_bytes), mask)) return {};
    const uint8_t first = packet[0] ^ (mask[0] & 0x0f);
    const size_t header_bytes = packet_number_at + (first & 3) + 1;
    // The packet number counts from the iv's end.
    std::array<uint8_t, packet_number_bytes_max> number{};
    std::array<uint8_t, 12> nonce = keys.iv;
    const size_t number_bytes = header_bytes - packet_number_at;
    for (size_t i = 0; i < number_bytes; i++) {
        number[i] = packet[packet_number_at + i] ^ mask[1 + i];
        nonce[nonce.size() - number_bytes + i] ^= number[i];
    }
    const size_t plain_bytes = packet.size() - header_bytes - tag_bytes;
    std::array<uint8_t, tag_bytes> tag;
    std::memcpy(tag.data(), packet.data() + packet.size() - tag_bytes, tag_bytes);
    int written = 0;
    auto* gcm = aes_gcm_.get();
    const auto update = [&](uint8_t* out, const uint8_t* in, size_t count) {
        return ::EVP_DecryptUpdate(gcm, out, &written, in, static_cast<int>(count)) == 1;
    };
    const bool is_opened =
        ::EVP_DecryptInit_ex2(gcm, nullptr, keys.key.data(), nonce.data(), nullptr) == 1 &&
        ::EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1 &&
        update(nullptr, &first, 1) && update(nullptr, packet.data() + 1, packet_number_at - 1) &&
        update(nullptr, number.data(), number_bytes) &&
        update(plain_.data(), packet.data() + header_bytes, plain_bytes) &&
        ::EVP_DecryptFinal_ex(gcm, plain_.data() + plain_bytes, &written) == 1;
    return is_opened ? Bytes(plain_.data(), plain_bytes) : Bytes{};
}

}  // namespace baleen::protocol::quic
