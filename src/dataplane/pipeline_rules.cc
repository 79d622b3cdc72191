// The rulesets of a run: loaded, handed to the workers, freed when nobody uses them any more.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "dataplane/pipeline.h"

namespace baleen::dataplane {
namespace {

// Rulesets in memory at a time: the newest, and older ones whose streams have not ended yet.
constexpr size_t generations_max = 32;

}  // namespace

base::Result<Pipeline::RulesInUse> Pipeline::load_rules(const base::FileDescriptor& image) {
    if (!worker_settings_.has_rules)
        return base::Error{"this run was started without rules.files, and has no memory to match"};
    free_rules();
    if (generations_.size() >= generations_max)
        return base::Error{
            fmt::format("streams still run under {} older rulesets; try again when some have ended",
                        generations_.size())};
    auto memory = match::map_image(image);
    if (!memory) return memory.error();
    auto generation =
        match::Generation::load(std::move(*memory), generations_loaded_ + 1, worker_settings_.match,
                                static_cast<uint32_t>(offer_rules_.size()));
    if (!generation) return generation.error();
    generations_.push_back(std::move(*generation));
    generations_loaded_++;
    for (size_t i = 0; i < offer_rules_.size(); i++)
        offer_rules_[i](&generations_.back()->of_worker(static_cast<uint32_t>(i)));
    return RulesInUse{generations_loaded_, static_cast<uint32_t>(generations_.size())};
}

// Rulesets that every worker has left. The newest is in use, whether a worker has seen it or not.
void Pipeline::free_rules() {
    if (generations_.empty()) return;
    const match::Generation* newest = generations_.back().get();
    std::erase_if(generations_, [&](const auto& generation) {
        if (generation.get() == newest || !generation->all_have_left()) return false;
        rule_statistics_.keep(*generation);
        return true;
    });
}

// Written beside its place and then renamed: nobody reads half of it.
void Pipeline::write_rule_statistics(std::vector<std::string>& notices) {
    const std::string& path = settings_.match.statistics;
    if (path.empty() || generations_.empty() || statistics_failed_) return;
    const std::string json = rule_statistics_.to_json(generations_);
    const std::string fresh = path + ".new";
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << json << std::flush;
    statistics_failed_ = !file || std::rename(fresh.c_str(), path.c_str()) != 0;
    if (statistics_failed_)
        notices.push_back(fmt::format("no statistics of rules: {} cannot be written: {}", path,
                                      std::strerror(errno)));
}

}  // namespace baleen::dataplane
