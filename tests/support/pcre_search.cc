// pcre_search PATTERNS: which expressions match which pieces of data, by PCRE2. An oracle
// for the matcher, which asks Hyperscan.
//
// PATTERNS: a line for each, flags (of i s m, may be none), a tab, the expression. Standard input:
// pieces, each behind its length as 4 bytes, little-endian. Output: a line for each piece, the
// numbers (from 0) of the lines that match anywhere in it.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

std::vector<pcre2_code*> read_patterns(const char* path) {
    std::vector<pcre2_code*> codes;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
        const size_t tab = line.find('\t');
        if (tab == std::string::npos) return {};
        uint32_t options = 0;
        for (const char flag : line.substr(0, tab))
            options |= flag == 'i'   ? PCRE2_CASELESS
                       : flag == 's' ? PCRE2_DOTALL
                       : flag == 'm' ? PCRE2_MULTILINE
                                     : 0u;
        int error = 0;
        PCRE2_SIZE where = 0;
        pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(line.data() + tab + 1),
                                         line.size() - tab - 1, options, &error, &where, nullptr);
        if (code == nullptr) {
            std::fprintf(stderr, "pcre_search: line %zu does not compile\n", codes.size() + 1);
            return {};
        }
        ::pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // without it only slower
        codes.push_back(code);
    }
    return codes;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::vector<pcre2_code*> codes = read_patterns(argv[1]);
    if (codes.empty()) return 1;
    pcre2_match_data* match = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    constexpr size_t stack_bytes_max = size_t{256} << 20;
    pcre2_jit_stack_assign(context, nullptr,
                           pcre2_jit_stack_create(1 << 16, stack_bytes_max, nullptr));
    std::string piece;
    for (uint32_t bytes = 0; std::fread(&bytes, sizeof bytes, 1, stdin) == 1;) {
        piece.resize(bytes);
        if (std::fread(piece.data(), 1, bytes, stdin) != bytes) return 1;
        for (size_t i = 0; i < codes.size(); i++) {
            const int found = pcre2_match(codes[i], reinterpret_cast<PCRE2_SPTR>(piece.data()),
                                          piece.size(), 0, 0, match, context);
            if (found >= 0) std::printf("%zu ", i);
            if (found >= 0 || found == PCRE2_ERROR_NOMATCH) continue;
            std::fprintf(stderr, "pcre_search: line %zu: error %d\n", i + 1, found);
            return 1;
        }
        std::printf("\n");
    }
    return 0;
}
