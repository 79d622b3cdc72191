#include "rules/compile/sha256.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace baleen::rules::compile {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { ::EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
    BALEEN_ASSERT(context_ && ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::span<const uint8_t> bytes) {
    BALEEN_ASSERT(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

void Sha256::add(std::string_view text) {
    add(uint64_t{text.size()});
    add({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void Sha256::add(uint64_t value) { add({reinterpret_cast<const uint8_t*>(&value), sizeof value}); }

Sha256::Digest Sha256::finish() {
    Digest digest;
    BALEEN_ASSERT(::EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
}

}  // namespace baleen::rules::compile
