#include "rules/compile/assemble.h"

#include <algorithm>
#include <string_view>

#include "base/assert.h"
#include "ruleset/image.h"

namespace baleen::rules::compile {
namespace {

constexpr uint64_t align_bytes = 64;

uint64_t align_up(uint64_t offset) {
    return (offset + align_bytes - 1) / align_bytes * align_bytes;
}

// First learns where everything goes, then puts it there.
class Assembler {
public:
    explicit Assembler(const ImageParts& parts) : parts_(parts) {}

    ImageBytes assemble() {
        place_sections();
        for (const CompiledDatabase& compiled : parts_.databases) place_database(compiled);
        fill_header();
        ImageBytes image(end_);
        std::memcpy(image.span().data(), &header_, sizeof header_);
        for (const Part& part : bytes_)
            if (part.size > 0) std::memcpy(image.span().data() + part.offset, part.from, part.size);
        return image;
    }

private:
    struct Part {
        uint64_t offset;
        const void* from;
        size_t size;
    };

    uint64_t place(const void* from, size_t size) {
        const uint64_t offset = align_up(end_);
        bytes_.push_back({offset, from, size});
        end_ = offset + size;
        return offset;
    }
    template <class Container>
    ruleset::Section section(const Container& elements) {
        return {place(elements.data(), elements.size() * sizeof(elements[0])), elements.size()};
    }

    void place_sections() {
        const Sections& sections = parts_.sections;
        const Layout& layout = parts_.layout;
        for (size_t i = 0; i < parts_.databases.size(); i++) {
            const CompiledDatabase& compiled = parts_.databases[i];
            databases_.push_back({0, compiled.serialised.size(), layout.databases[i].mode,
                                  static_cast<uint32_t>(layout.databases[i].ids.size()),
                                  compiled.stream_bytes});
        }
        header_.rules = section(sections.rules);
        header_.addresses = section(sections.addresses);
        header_.ports = section(sections.ports);
        header_.header_tests = section(sections.header_tests);
        header_.steps = section(sections.steps);
        header_.patterns = section(layout.patterns);
        header_.pattern_rules = section(layout.pattern_rules);
        header_.rule_lists = section(layout.rule_lists);
        header_.groups = section(layout.groups);
        header_.group_of = section(parts_.grouping.group_of);
        header_.port_classes = section(parts_.grouping.port_classes);
        header_.databases = section(databases_);
        header_.blob = section(sections.blob);
    }

    void place_database(const CompiledDatabase& compiled) {
        const size_t index = next_database_++;
        databases_[index].offset = place(compiled.serialised.data(), compiled.serialised.size());
    }

    void fill_header() {
        header_.magic = ruleset::image_magic;
        header_.version = ruleset::image_version;
        header_.header_bytes = sizeof header_;
        header_.image_bytes = end_;
        header_.content_hash = parts_.content_hash;
        header_.cpu_features = parts_.platform.cpu_features;
        const std::string_view version = ::hs_version();
        std::copy_n(version.begin(), std::min(version.size(), header_.hyperscan_version.size() - 1),
                    header_.hyperscan_version.begin());
        header_.regex_count = parts_.sections.regex_count;
    }

    const ImageParts& parts_;
    ruleset::Header header_{};
    std::vector<ruleset::Database> databases_;
    size_t next_database_ = 0;
    std::vector<Part> bytes_;
    uint64_t end_ = sizeof(ruleset::Header);
};

}  // namespace

ImageBytes assemble(const ImageParts& parts) {
    ImageBytes image = Assembler(parts).assemble();
    // What is wrong with it is a mistake of this module, and must not reach the data plane.
    BALEEN_ASSERT(ruleset::Image::open(image.span()));
    return image;
}

}  // namespace baleen::rules::compile
