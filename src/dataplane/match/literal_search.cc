#include "dataplane/match/literal_search.h"

#include <bit>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace baleen::match {
namespace {

constexpr uint8_t case_bit = 0x20;

constexpr bool is_letter(uint8_t c) {
    const uint8_t lower = c | case_bit;
    return lower >= 'a' && lower <= 'z';
}
// No other byte becomes a letter by the bit, so that letters may be compared with it set.
constexpr uint8_t fold_bit(uint8_t c, bool nocase) { return nocase && is_letter(c) ? case_bit : 0; }

bool equal(const uint8_t* a, const uint8_t* needle, size_t bytes, bool nocase) {
    if (!nocase) return std::memcmp(a, needle, bytes) == 0;
    for (size_t i = 0; i < bytes; i++)
        if (((a[i] ^ needle[i]) & ~fold_bit(needle[i], true)) != 0) return false;
    return true;
}

class Finder {
public:
    Finder(std::span<const uint8_t> haystack, std::span<const uint8_t> needle, bool nocase,
           Work& work)
        : hay_(haystack.data()),
          needle_(needle),
          // SAFETY: the caller has seen that the needle is not the longer one.
          places_(haystack.size() - needle.size() + 1),
          nocase_(nocase),
          work_(work) {}

    size_t find() {
        size_t at = 0;
        size_t found = not_found;
#ifdef __SSE2__
        for (; found == not_found && at + vector_places <= places_ && !work_.spent();
             at += vector_places)
            found = find_in_vector(at);
#endif
        for (; found == not_found && at < places_ && !work_.spent(); at++)
            if (is_candidate(at) && is_match(at)) found = at;
        work_.take((found == not_found ? at : found) / Work::literal_bytes_per_unit);
        return found;
    }

private:
    static constexpr size_t vector_places = 16;

    bool is_candidate(size_t at) const {
        return ((hay_[at] ^ needle_[0]) & ~fold_bit(needle_[0], nocase_)) == 0;
    }
    bool is_match(size_t at) {
        work_.take(1 + needle_.size() / Work::literal_bytes_per_unit);
        return equal(hay_ + at, needle_.data(), needle_.size(), nocase_);
    }
#ifdef __SSE2__
    // SAFETY: the last byte read is that of the needle at place at + 15, which is a place.
    uint32_t candidates(size_t at, size_t needle_byte) const {
        const uint8_t wanted = needle_[needle_byte];
        const uint8_t fold = fold_bit(wanted, nocase_);
        const auto* from = reinterpret_cast<const __m128i*>(hay_ + at + needle_byte);
        const __m128i bytes =
            _mm_or_si128(_mm_loadu_si128(from), _mm_set1_epi8(static_cast<char>(fold)));
        const __m128i same = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(wanted | fold)));
        return static_cast<uint32_t>(_mm_movemask_epi8(same));
    }
    size_t find_in_vector(size_t at) {
        uint32_t mask = candidates(at, 0) & candidates(at, needle_.size() - 1);
        for (; mask != 0; mask &= mask - 1) {
            const size_t place = at + static_cast<size_t>(std::countr_zero(mask));
            if (is_match(place)) return place;
        }
        return not_found;
    }
#endif

    const uint8_t* hay_;
    std::span<const uint8_t> needle_;
    size_t places_;
    bool nocase_;
    Work& work_;
};

}  // namespace

size_t find_literal(std::span<const uint8_t> haystack, std::span<const uint8_t> needle, bool nocase,
                    Work& work) {
    if (needle.size() > haystack.size()) return not_found;
    if (needle.empty()) return 0;
    return Finder(haystack, needle, nocase, work).find();
}

}  // namespace baleen::match
