// Everything of an image in its place.
#pragma once

#include <hs/hs.h>

#include "rules/compile/database.h"
#include "rules/compile/groups.h"
#include "rules/compile/image_bytes.h"
#include "rules/compile/layout.h"
#include "rules/compile/sections.h"

namespace baleen::rules::compile {

struct ImageParts {
    const Sections& sections;
    const Grouping& grouping;
    const Layout& layout;
    const std::vector<CompiledDatabase>& databases;
    const hs_platform_info_t& platform;
    uint64_t content_hash;
};

ImageBytes assemble(const ImageParts& parts);

}  // namespace baleen::rules::compile
