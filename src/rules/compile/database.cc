#include "rules/compile/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "rules/compile/child.h"
#include "rules/compile/hyperscan.h"

namespace baleen::rules::compile {
namespace {

// What the child writes before the serialised bytes.
struct Outcome {
    uint64_t bytes;
    uint64_t stream_bytes;
    int32_t compiled;
    int32_t bad_expression;
    std::array<char, 232> message;
};

hs_expr_ext_t extensions_of(const Expression& expression) {
    hs_expr_ext_t ext{};
    ext.min_offset = expression.min_offset;
    ext.max_offset = expression.max_offset;
    if (expression.min_offset > 0) ext.flags |= HS_EXT_FLAG_MIN_OFFSET;
    if (expression.max_offset != Expression::no_max) ext.flags |= HS_EXT_FLAG_MAX_OFFSET;
    return ext;
}

void write_object(const ChildOutput& output, const Outcome& outcome) {
    output.write({reinterpret_cast<const char*>(&outcome), sizeof outcome});
}

void compile_in_child(const DatabaseSource& source, const hs_platform_info_t& platform,
                      const ChildOutput& output) {
    const size_t count = source.expressions.size();
    std::vector<const char*> texts;
    std::vector<unsigned> flags;
    std::vector<hs_expr_ext_t> extensions;
    std::vector<const hs_expr_ext_t*> extension_pointers;
    extensions.reserve(count);
    for (const Expression& expression : source.expressions) {
        texts.push_back(expression.text.c_str());
        flags.push_back(expression.flags);
        extensions.push_back(extensions_of(expression));
        // Without any, so that Hyperscan takes its short way for plain bytes.
        extension_pointers.push_back(extensions.back().flags != 0 ? &extensions.back() : nullptr);
    }
    const bool is_stream = source.mode == ruleset::DatabaseMode::stream;
    Outcome outcome{};
    outcome.bad_expression = -1;
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (::hs_compile_ext_multi(texts.data(), flags.data(), source.ids.data(),
                               extension_pointers.data(), static_cast<unsigned>(count),
                               is_stream ? HS_MODE_STREAM : HS_MODE_BLOCK, &platform, &database,
                               &error) != HS_SUCCESS) {
        const std::string message = message_of(error);
        outcome.bad_expression = error != nullptr ? error->expression : -1;
        std::memcpy(outcome.message.data(), message.data(),
                    std::min(message.size(), outcome.message.size() - 1));
        return write_object(output, outcome);
    }
    size_t bytes = 0;
    size_t stream_bytes = 0;
    ::hs_database_size(database, &bytes);
    if (is_stream) ::hs_stream_size(database, &stream_bytes);
    char* serialised = nullptr;
    size_t serialised_bytes = 0;
    outcome.compiled =
        ::hs_serialize_database(database, &serialised, &serialised_bytes) == HS_SUCCESS;
    outcome.bytes = bytes;
    outcome.stream_bytes = stream_bytes;
    write_object(output, outcome);
    output.write({serialised, serialised_bytes});
}

}  // namespace

CompiledDatabase compile_database(const DatabaseSource& source, const hs_platform_info_t& platform,
                                  std::chrono::milliseconds time_max) {
    const auto start = std::chrono::steady_clock::now();
    ChildRun run = run_in_child(
        [&](const ChildOutput& output) { compile_in_child(source, platform, output); }, time_max);
    CompiledDatabase database;
    database.peak_bytes = run.peak_bytes;
    database.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (run.end == ChildRun::End::silent) {
        database.problem =
            fmt::format("{} patterns together take more than {:.0f} s to compile",
                        source.ids.size(), static_cast<double>(time_max.count()) / 1000);
        return database;
    }
    Outcome outcome{};
    if (run.end == ChildRun::End::died || run.output.size() < sizeof outcome) {
        database.problem = fmt::format("{} patterns together cannot be compiled: {}",
                                       source.ids.size(), run.reason);
        return database;
    }
    std::memcpy(&outcome, run.output.data(), sizeof outcome);
    if (outcome.compiled == 0) {
        database.bad_expression = outcome.bad_expression;
        database.problem = fmt::format("Hyperscan: {}", outcome.message.data());
        return database;
    }
    database.bytes = outcome.bytes;
    database.stream_bytes = outcome.stream_bytes;
    database.serialised = run.output.substr(sizeof outcome);
    return database;
}

uint64_t scratch_bytes_of(const std::vector<CompiledDatabase>& databases) {
    ScratchPtr scratch;
    for (const CompiledDatabase& compiled : databases) {
        hs_database_t* database = nullptr;
        if (::hs_deserialize_database(compiled.serialised.data(), compiled.serialised.size(),
                                      &database) != HS_SUCCESS)
            return 0;
        const DatabasePtr owner(database);
        hs_scratch_t* grown = scratch.release();
        const bool allocated = ::hs_alloc_scratch(database, &grown) == HS_SUCCESS;
        scratch.reset(grown);
        if (!allocated) return 0;
    }
    size_t bytes = 0;
    if (scratch) ::hs_scratch_size(scratch.get(), &bytes);
    return bytes;
}

}  // namespace baleen::rules::compile
