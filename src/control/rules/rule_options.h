// What the configuration says of rules, as those who load and compile them want it. Whoever uses
// these finds what another has compiled.
#pragma once

#include <string>

#include "config/settings.h"
#include "control/store/store.h"
#include "rules/compile/options.h"
#include "rules/rule_set.h"

namespace baleen::control {

inline rules::LoadOptions load_options(const config::Settings::Rules& settings) {
    rules::LoadOptions options;
    options.prefilter = settings.prefilter;
    options.every_hit = settings.every_hit;
    options.classification = settings.classification;
    for (const std::string& variable : settings.variables) {
        const size_t equals = variable.find('=');  // config::check() has seen it
        options.variables.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
    }
    return options;
}

inline std::string cache_folder(const config::Settings& settings) {
    if (!settings.rules.cache.empty()) return settings.rules.cache;
    return store::directory_of(settings.store) + "/rules";
}

inline rules::compile::CompileOptions compile_options(const config::Settings& settings) {
    rules::compile::CompileOptions options;
    options.memory_bytes_max = settings.rules.memory_bytes;
    options.worker_count = static_cast<uint32_t>(settings.worker.count);
    return options;
}

}  // namespace baleen::control
