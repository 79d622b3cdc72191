// The vector parser for AVX-512 with VBMI (Ice Lake, Zen 4 and later): sixteen packets at a time,
// and both addresses of a packet with one load and one permutation of bytes.
#include <immintrin.h>

#include "packet/parse_kernel.h"
#include "packet/parse_vector.h"

namespace baleen::packet {
namespace {

// Byte i of a key's addresses is byte from[i] of the IP header, or of a second vector (64 + j) that
// holds ::ffff (RFC 4291 section 2.5.5.2) at 10 and 11.
struct alignas(64) AddressShape {
    uint8_t from[64];
    uint64_t header_bytes;  // a bit per byte that is loaded
    uint8_t padding[56];
};
constexpr AddressShape address_shapes[2] = {
    {{64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 74, 74, 12, 13, 14, 15,
      64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 74, 74, 16, 17, 18, 19},
     (1ull << 20) - 1,
     {}},
    {{8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
      24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39},
     (1ull << 40) - 1,
     {}}};

struct Avx512 {
    static constexpr uint32_t lanes = 16;
    typedef uint32_t V __attribute__((vector_size(64)));

    // Four 16-byte pieces, of lanes 4 apart.
    static BALEEN_INLINE __m512i load_pieces(const uint8_t* const* at) {
        const auto piece = [&](int i) {
            return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at[4 * i]));
        };
        const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(piece(0)), piece(1), 1);
        const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(piece(2)), piece(3), 1);
        return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    static BALEEN_INLINE void store_pieces(__m512i row, uint8_t* to, size_t stride) {
        const auto at = [&](int i) { return reinterpret_cast<__m128i*>(to + 4 * i * stride); };
        _mm_store_si128(at(0), _mm512_castsi512_si128(row));
        _mm_store_si128(at(1), _mm512_extracti32x4_epi32(row, 1));
        _mm_store_si128(at(2), _mm512_extracti32x4_epi32(row, 2));
        _mm_store_si128(at(3), _mm512_extracti32x4_epi32(row, 3));
    }
    // 4 x 4 words, in each quarter by itself.
    static BALEEN_INLINE void transpose(__m512i& a, __m512i& b, __m512i& c, __m512i& d) {
        const __m512i ab_low = _mm512_unpacklo_epi32(a, b), ab_high = _mm512_unpackhi_epi32(a, b);
        const __m512i cd_low = _mm512_unpacklo_epi32(c, d), cd_high = _mm512_unpackhi_epi32(c, d);
        a = _mm512_unpacklo_epi64(ab_low, cd_low);
        b = _mm512_unpackhi_epi64(ab_low, cd_low);
        c = _mm512_unpacklo_epi64(ab_high, cd_high);
        d = _mm512_unpackhi_epi64(ab_high, cd_high);
    }

    // Word i of the 16 bytes at each lane's `at` into column i.
    static BALEEN_INLINE void load_columns(const uint8_t* const* at, V& w0, V& w1, V& w2, V& w3) {
        __m512i a = load_pieces(at), b = load_pieces(at + 1);
        __m512i c = load_pieces(at + 2), d = load_pieces(at + 3);
        transpose(a, b, c, d);
        w0 = (V)a;
        w1 = (V)b;
        w2 = (V)c;
        w3 = (V)d;
    }
    static BALEEN_INLINE void store_rows(void* to, size_t stride, V w0, V w1, V w2, V w3) {
        __m512i a = (__m512i)w0, b = (__m512i)w1, c = (__m512i)w2, d = (__m512i)w3;
        transpose(a, b, c, d);
        auto* row = static_cast<uint8_t*>(to);
        store_pieces(a, row, stride);
        store_pieces(b, row + stride, stride);
        store_pieces(c, row + 2 * stride, stride);
        store_pieces(d, row + 3 * stride, stride);
    }
    static BALEEN_INLINE V equal16(V a, V b) {
        return (V)_mm512_movm_epi16(_mm512_cmpeq_epi16_mask((__m512i)a, (__m512i)b));
    }
    static BALEEN_INLINE uint32_t nonzero(V value) {
        return _mm512_test_epi32_mask((__m512i)value, (__m512i)value);
    }
    static BALEEN_INLINE void store_addresses(const uint8_t* ip, uint32_t is_ipv6, FlowKey& key) {
        const AddressShape& shape = address_shapes[is_ipv6];
        const __m512i header = _mm512_maskz_loadu_epi8(shape.header_bytes, ip);
        const __m512i mapped = _mm512_zextsi128_si512(_mm_set_epi32(0, -0x10000, 0, 0));
        const __m512i addresses =
            _mm512_permutex2var_epi8(header, _mm512_load_si512(shape.from), mapped);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(&key.src),
                            _mm512_castsi512_si256(addresses));
    }
};

}  // namespace

void parse_batch_avx512(Batch& batch, const ParseOptions& options, Notes& notes) {
    parse_batch_with<Avx512>(batch, options, notes);
}

}  // namespace baleen::packet
