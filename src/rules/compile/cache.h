// Images of earlier compilations, in a folder, each in a file named by the content key of what it
// was made of.
//
// Must hold: a file is used only if every byte of it is as it was written, and the image is for the
// key, the Hyperscan and the CPU that are asked for. Anything else is as good as no file, with a
// notice. A file is written under another name and then renamed: nobody finds half of one.
#pragma once

#include <optional>
#include <string>

#include "rules/compile/compile.h"

namespace baleen::rules::compile {

class Cache {
public:
    // The folder is made when something is stored.
    explicit Cache(std::string folder) : folder_(std::move(folder)) {}

    std::string path_of(const ContentKey& key) const;

    // Nothing, and no notice: there is no such file. `notice`: why the file there is not used.
    std::optional<Compiled> find(const ContentKey& key, const hs_platform_info_t& platform,
                                 std::string& notice) const;
    // Returns why not, or nothing.
    std::string store(const ContentKey& key, const Compiled& compiled) const;

private:
    std::string folder_;
};

// Out of the cache if it is there, else compiled and stored. An empty folder: without a cache.
// `notices`: what was wrong with the cache; never a reason not to go on.
base::Result<Compiled> compile_cached(const RuleSet& set, const CompileOptions& options,
                                      const std::string& folder, const OnProgress& on_progress,
                                      std::vector<std::string>& notices);

}  // namespace baleen::rules::compile
