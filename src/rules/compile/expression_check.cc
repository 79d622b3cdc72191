#include "rules/compile/expression_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "rules/compile/child.h"
#include "rules/compile/hyperscan.h"

namespace baleen::rules::compile {
namespace {

// What a child writes about one expression. Less than PIPE_BUF, thus never in two parts.
struct Finding {
    uint32_t taken;
    uint32_t needs_end;
    uint64_t bytes;  // of the larger database
    std::array<char, 240> message;
};

void refuse(Finding& finding, hs_compile_error_t* error) {
    const CompileErrorPtr owner(error);
    const std::string message = message_of(error);
    finding.taken = 0;
    std::memcpy(finding.message.data(), message.data(),
                std::min(message.size(), finding.message.size() - 1));
}

void compile_alone(const Expression& expression, uint32_t mode, const hs_platform_info_t& platform,
                   Finding& finding) {
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (::hs_compile(expression.text.c_str(), expression.flags, mode, &platform, &database,
                     &error) != HS_SUCCESS)
        return refuse(finding, error);
    const DatabasePtr owner(database);
    size_t bytes = 0;
    ::hs_database_size(database, &bytes);
    finding.bytes = std::max<uint64_t>(finding.bytes, bytes);
}

Finding examine(const ExpressionQuestion& question, const hs_platform_info_t& platform) {
    Finding finding{};
    finding.taken = 1;
    const Expression& expression = question.expression;
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    if (::hs_expression_info(expression.text.c_str(), expression.flags, &info, &error) !=
        HS_SUCCESS) {
        refuse(finding, error);
        return finding;
    }
    finding.needs_end = info->matches_at_eod != 0;
    ::free(info);
    if (question.block) compile_alone(expression, HS_MODE_BLOCK, platform, finding);
    if (question.stream && finding.taken != 0)
        compile_alone(expression, HS_MODE_STREAM, platform, finding);
    return finding;
}

ExpressionAnswer answer_of(const Finding& finding, uint64_t bytes_max) {
    using Kind = ExpressionAnswer::Kind;
    if (finding.taken == 0) {
        // What it would take is more than Hyperscan's own limits allow.
        const std::string_view message = finding.message.data();
        const bool too_large = message.find("too large") != std::string_view::npos ||
                               message.starts_with("Unable to generate bytecode") ||
                               message.starts_with("Resource limit");
        return {too_large ? Kind::too_large : Kind::refused, std::string(message), false};
    }
    if (finding.bytes > bytes_max)
        return {Kind::too_large,
                fmt::format("the expression alone takes {} KiB, and {} KiB are allowed",
                            finding.bytes >> 10, bytes_max >> 10),
                false};
    return {Kind::taken, {}, finding.needs_end != 0};
}

}  // namespace

std::vector<ExpressionAnswer> check_expressions(std::span<const ExpressionQuestion> questions,
                                                const ExpressionLimits& limits,
                                                const hs_platform_info_t& platform) {
    std::vector<ExpressionAnswer> answers;
    while (answers.size() < questions.size()) {
        const auto rest = questions.subspan(answers.size());
        const ChildRun run = run_in_child(
            [&](const ChildOutput& output) {
                for (const ExpressionQuestion& question : rest) {
                    const Finding finding = examine(question, platform);
                    output.write({reinterpret_cast<const char*>(&finding), sizeof finding});
                }
            },
            limits.time_max);
        const size_t told = std::min(run.output.size() / sizeof(Finding), rest.size());
        for (size_t i = 0; i < told; i++) {
            Finding finding;
            std::memcpy(&finding, run.output.data() + i * sizeof finding, sizeof finding);
            answers.push_back(answer_of(finding, limits.bytes_max));
        }
        if (told == rest.size()) break;
        answers.push_back({ExpressionAnswer::Kind::too_slow,
                           run.end == ChildRun::End::silent
                               ? fmt::format("compiling the expression takes more than {:.1f} s",
                                             static_cast<double>(limits.time_max.count()) / 1000)
                               : fmt::format("the expression cannot be compiled: {}", run.reason),
                           false});
    }
    return answers;
}

}  // namespace baleen::rules::compile
