#include "dataplane/match/generation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace baleen::match {
namespace {

using ruleset::Step;
using ruleset::StepKind;

// A bare Hyperscan code in a sentence.
std::string reason_of(hs_error_t code) {
    switch (code) {
        case HS_NOMEM: return "there is no memory for it";
        case HS_DB_VERSION_ERROR: return "another version of Hyperscan has compiled it";
        case HS_DB_PLATFORM_ERROR: return "it was compiled for another CPU";
        case HS_ARCH_ERROR: return "this CPU lacks SSSE3";
        default: return fmt::format("Hyperscan refuses it (error {})", code);
    }
}

base::Error refusal(hs_error_t code) {
    return base::Error{
        fmt::format("the ruleset cannot be used: {}; compile it on this machine", reason_of(code))};
}

// A fourth of an open stream, in lines; two at least, since every state has some bytes.
uint64_t shelf_block_bytes(uint64_t stream_bytes) {
    constexpr uint64_t line_bytes = 64;
    return std::max(2 * line_bytes, stream_bytes / 4 / line_bytes * line_bytes);
}

// ^ and \A outside of classes would do; whoever has one inside is taken for the same.
bool looks_at_start(std::string_view expression, uint32_t flags) {
    return (flags & ruleset::anchored) != 0 || expression.find('^') != std::string_view::npos ||
           expression.find("\\A") != std::string_view::npos ||
           expression.find("\\G") != std::string_view::npos;
}

}  // namespace

base::Result<base::Mapping> map_image(const base::FileDescriptor& image) {
    // What has been checked must stay as it is.
    constexpr int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    const int seals = ::fcntl(image.get(), F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted)
        return base::Error{"the ruleset is not sealed against changes"};
    const off_t bytes = ::lseek(image.get(), 0, SEEK_END);
    if (bytes <= 0) return base::Error{"the ruleset is empty"};
    void* data =
        ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ, MAP_PRIVATE, image.get(), 0);
    if (data == MAP_FAILED)
        return base::Error{fmt::format("the ruleset cannot be mapped: {}", std::strerror(errno))};
    return base::Mapping(data, static_cast<size_t>(bytes));
}

WorkerRules::~WorkerRules() {
    const StreamMemory::Use use(memory);
    for (hs_stream_t* spare : spares)
        if (spare != nullptr) ::hs_close_stream(spare, nullptr, nullptr, nullptr);
}

base::Result<std::unique_ptr<Generation>> Generation::load(base::Mapping memory, uint32_t number,
                                                           const MatchSettings& settings,
                                                           uint32_t worker_count) {
    if (const hs_error_t code = ::hs_valid_platform(); code != HS_SUCCESS) return refusal(code);
    auto image = ruleset::Image::open({memory.data(), memory.bytes()});
    if (!image) return image.error();
    if (const std::string_view theirs = image->header().hyperscan_version.data();
        theirs != ::hs_version())
        return base::Error{fmt::format(
            "the ruleset was compiled by Hyperscan {}, and this is {}; compile it again", theirs,
            ::hs_version())};
    auto judge = Judge::create(*image);
    if (!judge) return judge.error();
    std::unique_ptr<Generation> generation(
        new Generation(std::move(memory), *image, std::move(*judge), number));
    if (auto status = generation->load_databases(); !status) return status.error();
    generation->find_rules_from_start();
    generation->find_only_rules();
    for (uint32_t i = 0; i < worker_count; i++)
        if (auto status = generation->add_worker(settings); !status) return status.error();
    return generation;
}

base::Status Generation::load_databases() {
    for (const ruleset::Database& database : image_.databases()) {
        const auto bytes = image_.serialised(database);
        hs_database_t* loaded = nullptr;
        const hs_error_t code = ::hs_deserialize_database(
            reinterpret_cast<const char*>(bytes.data()), bytes.size(), &loaded);
        if (code != HS_SUCCESS) return refusal(code);
        databases_.emplace_back(loaded);
    }
    return base::Ok{};
}

base::Status Generation::add_worker(const MatchSettings& settings) {
    hs_scratch_t* scratch = nullptr;
    uint64_t stream_bytes = 64;
    for (size_t i = 0; i < databases_.size(); i++) {
        if (const hs_error_t code = ::hs_alloc_scratch(databases_[i].get(), &scratch);
            code != HS_SUCCESS) {
            ::hs_free_scratch(scratch);
            return refusal(code);
        }
        size_t bytes = 0;
        if (image_.databases()[i].mode == ruleset::DatabaseMode::stream &&
            ::hs_stream_size(databases_[i].get(), &bytes) == HS_SUCCESS)
            stream_bytes = std::max<uint64_t>(stream_bytes, bytes);
    }
    std::unique_ptr<hs_scratch_t, FreeScratch> owned(scratch);
    // A block holds the state of any database, and Hyperscan's head of it.
    stream_bytes = (stream_bytes + 63) & ~uint64_t{63};
    auto pool = BlockPool::create(stream_bytes, settings.state_bytes / 2);
    if (!pool) return pool.error();
    auto shelf = BlockPool::create(shelf_block_bytes(stream_bytes), settings.state_bytes / 2);
    if (!shelf) return shelf.error();
    auto judging = Scratch::create();
    if (!judging) return judging.error();
    workers_.push_back(std::unique_ptr<WorkerRules>(
        new WorkerRules{*this,
                        std::move(owned),
                        std::move(*judging),
                        StreamMemory(std::move(*pool)),
                        std::move(*shelf),
                        {},
                        hot_rules(image_, event_heads_),
                        std::vector<GroupCount>(image_.groups().size())}));
    WorkerRules& worker = *workers_.back();
    const StreamMemory::Use use(worker.memory);
    for (size_t i = 0; i < databases_.size(); i++) {
        hs_stream_t* spare = nullptr;
        if (image_.databases()[i].mode == ruleset::DatabaseMode::stream)
            if (const hs_error_t code = ::hs_open_stream(databases_[i].get(), 0, &spare);
                code != HS_SUCCESS)
                return base::Error{
                    "match.state_memory does not hold one stream for each database of the ruleset"};
        worker.spares.push_back(spare);
    }
    return base::Ok{};
}

void Generation::find_rules_from_start() {
    for (const ruleset::Rule& rule : image_.rules())
        counts_from_start_.push_back(
            std::ranges::any_of(image_.steps(rule.steps), [&](const Step& step) {
                if ((step.flags & ruleset::relative) != 0) return false;
                if (step.kind == StepKind::regex)
                    return looks_at_start(image_.text(step.bytes), step.flags);
                return step.kind != StepKind::literal || step.from.constant != 0 ||
                       step.from.variable >= 0 || (step.flags & ruleset::has_length) != 0;
            }));
}

void Generation::find_only_rules() {
    for (const ruleset::Pattern& pattern : image_.patterns())
        only_rules_.push_back(pattern.rules.count == 1 ? image_.pattern_rules(pattern.rules)[0]
                                                       : several);
}

bool Generation::all_have_left() const {
    return std::ranges::all_of(workers_, [](const auto& worker) {
        return worker->has_left.load(std::memory_order_acquire);
    });
}

}  // namespace baleen::match
