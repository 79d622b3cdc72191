#include "rules/compile/pcre_check.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

namespace baleen::rules::compile {

std::string find_pcre_problem(const Regex& regex) {
    // Payload is bytes: what an expression says of UTF-8 cannot hold.
    uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    if (regex.caseless) options |= PCRE2_CASELESS;
    if (regex.dot_all) options |= PCRE2_DOTALL;
    if (regex.multi_line) options |= PCRE2_MULTILINE;
    if (regex.extended) options |= PCRE2_EXTENDED;
    if (regex.anchored) options |= PCRE2_ANCHORED;
    if (regex.dollar_end_only) options |= PCRE2_DOLLAR_ENDONLY;
    if (regex.ungreedy) options |= PCRE2_UNGREEDY;
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = ::pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.pattern.data()),
                                       regex.pattern.size(), options, &error, &offset, nullptr);
    if (code != nullptr) {
        ::pcre2_code_free(code);
        return {};
    }
    std::array<PCRE2_UCHAR, 160> message{};
    ::pcre2_get_error_message(error, message.data(), message.size());
    return fmt::format("{} at {}", reinterpret_cast<const char*>(message.data()), offset);
}

}  // namespace baleen::rules::compile
