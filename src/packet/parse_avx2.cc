// The vector parser for AVX2 (Haswell, Zen and later): eight packets at a time.
#include <immintrin.h>

#include "packet/parse_kernel.h"
#include "packet/parse_vector.h"

namespace baleen::packet {
namespace {

struct Avx2 {
    static constexpr uint32_t lanes = 8;
    typedef uint32_t V __attribute__((vector_size(32)));

    // Two 16-byte pieces, of lanes 4 apart.
    static BALEEN_INLINE __m256i load_pieces(const uint8_t* low, const uint8_t* high) {
        return _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(low))),
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(high)), 1);
    }
    static BALEEN_INLINE void store_pieces(__m256i row, uint8_t* low, uint8_t* high) {
        _mm_store_si128(reinterpret_cast<__m128i*>(low), _mm256_castsi256_si128(row));
        _mm_store_si128(reinterpret_cast<__m128i*>(high), _mm256_extracti128_si256(row, 1));
    }
    // 4 x 4 words, in each half by itself.
    static BALEEN_INLINE void transpose(__m256i& a, __m256i& b, __m256i& c, __m256i& d) {
        const __m256i ab_low = _mm256_unpacklo_epi32(a, b), ab_high = _mm256_unpackhi_epi32(a, b);
        const __m256i cd_low = _mm256_unpacklo_epi32(c, d), cd_high = _mm256_unpackhi_epi32(c, d);
        a = _mm256_unpacklo_epi64(ab_low, cd_low);
        b = _mm256_unpackhi_epi64(ab_low, cd_low);
        c = _mm256_unpacklo_epi64(ab_high, cd_high);
        d = _mm256_unpackhi_epi64(ab_high, cd_high);
    }

    // Word i of the 16 bytes at each lane's `at` into column i.
    static BALEEN_INLINE void load_columns(const uint8_t* const* at, V& w0, V& w1, V& w2, V& w3) {
        __m256i a = load_pieces(at[0], at[4]), b = load_pieces(at[1], at[5]);
        __m256i c = load_pieces(at[2], at[6]), d = load_pieces(at[3], at[7]);
        transpose(a, b, c, d);
        w0 = (V)a;
        w1 = (V)b;
        w2 = (V)c;
        w3 = (V)d;
    }
    static BALEEN_INLINE void store_rows(void* to, size_t stride, V w0, V w1, V w2, V w3) {
        __m256i a = (__m256i)w0, b = (__m256i)w1, c = (__m256i)w2, d = (__m256i)w3;
        transpose(a, b, c, d);
        auto* row = static_cast<uint8_t*>(to);
        store_pieces(a, row, row + 4 * stride);
        store_pieces(b, row + stride, row + 5 * stride);
        store_pieces(c, row + 2 * stride, row + 6 * stride);
        store_pieces(d, row + 3 * stride, row + 7 * stride);
    }
    static BALEEN_INLINE V equal16(V a, V b) {
        return (V)_mm256_cmpeq_epi16((__m256i)a, (__m256i)b);
    }
    static BALEEN_INLINE uint32_t nonzero(V value) {
        const __m256i zero = _mm256_cmpeq_epi32((__m256i)value, _mm256_setzero_si256());
        return ~static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(zero))) & 0xff;
    }
    // An IPv4 address ends 16 and 20 bytes into the header, and in a key behind ::ffff (RFC 4291
    // section 2.5.5.2): 16 bytes that end with it are loaded, and 12 of them replaced.
    static BALEEN_INLINE void store_addresses(const uint8_t* ip, uint32_t is_ipv6, FlowKey& key) {
        alignas(32) static constexpr uint8_t shapes[2][32] = {
            {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,   0xff, 0xff, 0xff, 0xff,  // kept
             0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},                        // put there
            {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
             0xff, 0xff}};
        const auto load = [](const uint8_t* from) {
            return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        };
        const __m128i kept = load(shapes[is_ipv6]), put = load(shapes[is_ipv6] + 16);
        const __m128i src = load(ip + 8 * is_ipv6), dst = load(ip + 4 + 20 * is_ipv6);
        _mm_store_si128(reinterpret_cast<__m128i*>(&key.src),
                        _mm_or_si128(_mm_and_si128(src, kept), put));
        _mm_store_si128(reinterpret_cast<__m128i*>(&key.dst),
                        _mm_or_si128(_mm_and_si128(dst, kept), put));
    }
};

}  // namespace

void parse_batch_avx2(Batch& batch, const ParseOptions& options, Notes& notes) {
    parse_batch_with<Avx2>(batch, options, notes);
}

}  // namespace baleen::packet
